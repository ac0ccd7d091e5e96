import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ltplug.visualization import style


@pytest.mark.parametrize('names', [['CE'], ['over cross-entropy', 'over LDAM-DRW', 'over BCL'],
                                   [f'a method with a long name, number {i}' for i in range(9)]])
def test_the_legend_hides_nothing_and_is_whole(names):
    @style.styled
    def draw():
        figure = Figure(figsize=(style.WIDTH, style.HEIGHT))
        left, right = figure.subplots(1, 2)
        for axes in (left, right):
            for number, name in enumerate(names):
                axes.bar([number], [1], label=name, color=style.color(number))
        style.add_legend(figure, [left, right])
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return figure, canvas.get_renderer()

    figure, renderer = draw()
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == names
    box = legend.get_window_extent(renderer)
    assert box.x0 >= 0 and box.x1 <= figure.bbox.width and box.y1 <= figure.bbox.height
    assert not any(box.overlaps(axes.get_tightbbox(renderer)) for axes in figure.axes)
