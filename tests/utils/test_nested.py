from ltplug.utils import flatten


def test_leaves_have_dotted_keys():
    value = {'a': {'b': 1, 'out': {'x': 2}}, 'c': [{'d': (1, 2)}, 3], 'e': [1, 2], 'f': {}}
    assert dict(flatten(value, skip=('out', ))) == {
        'a.b': 1, 'c.0.d': [1, 2], 'c.1': 3, 'e': [1, 2]}
    assert dict(flatten([{'a': 1}])) == {'0.a': 1}
