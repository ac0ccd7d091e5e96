"""The command ``ltplug``: what ``tools/`` has, wherever ltplug is installed."""

import difflib
import importlib
import sys
from collections.abc import Sequence

from ltplug.compat import prepare
from ltplug.version import __version__

GROUPS: dict[str, dict[str, tuple[str, str, str]]] = {
    'Start': {
        'quickstart': ('.quickstart', 'quickstart_main', 'train two methods on bundled images'),
        'list': ('.listing', 'list_main', 'show the methods and configs that ltplug ships'),
        'doctor': ('.doctor', 'doctor_main', 'say what is installed here and what is wrong'),
    },
    'Train and test': {
        'train': ('.running', 'train_main', 'train a config, or run a recipe'),
        'test': ('.running', 'test_main', 'test a checkpoint by groups of classes'),
        'profile': ('.profiling', 'profile_main', 'tell where the time of a training step goes'),
        'launches': ('.launches', 'launches_main', 'count what a training step asks of a GPU'),
        'compare-precision': ('.precision', 'compare_precision_main',
                              'losses in mixed precision beside those between seeds'),
    },
    'Use a trained model': {
        'predict': ('.predict', 'predict_main', 'predict files and folders of images'),
        'export': ('.predict', 'export_main', 'write ONNX or TorchScript, and compare it'),
    },
    'Look at runs': {
        'report': ('.reports', 'report_main', 'write report.html for finished runs'),
        'compare': ('.reports', 'compare_main', 'set methods side by side, over seeds'),
        'class-gain': ('.analysis', 'class_gain_main', 'gain over other runs, class by class'),
        'class-losses': ('.analysis', 'class_losses_main', 'training loss of single classes'),
        'classifier-norms': ('.analysis', 'classifier_norms_main', 'lengths of weight vectors'),
        'feature-map': ('.feature_map', 'feature_map_main', 'features in two dimensions'),
        'decision-map': ('.decision_map', 'decision_map_main', 'features over predicted classes'),
        'retrieval': ('.retrieval', 'retrieval_main', 'training images that resemble a query'),
        'subclasses': ('.subclasses', 'subclasses_main', 'the subclasses of SBCL'),
        'prototypes': ('.prototypes', 'prototypes_main', 'the prototypes of FASSL'),
        'gradient-ratio': ('.gradient_ratio', 'gradient_ratio_main',
                           'how contrastive losses pull, class by class'),
        'ssp-theory': ('.ssp_theory', 'ssp_theory_main', 'the theorems of SSP, simulated'),
    },
    'Data': {
        'inspect': ('.data', 'inspect_main', 'count the classes of a data set, find bad images'),
        'make-subset': ('.data', 'make_subset_main', 'write a long-tailed list of a folder'),
        'convert-inat': ('.data', 'convert_inat_main', 'write iNaturalist 2018 as a list'),
        'pseudo-label': ('.data', 'pseudo_label_main', 'label a pool of images by a model'),
    },
    'Checkpoints': {
        'publish': ('.models', 'publish_main', 'write weights and config alone, with a hash'),
        'export-backbone': ('.models', 'export_backbone_main', "write weights for torchvision's "
                            'ResNets'),
    },
}
"""By heading and name: module in ``ltplug.cli``, function, and what the command does."""

COMMANDS = {name: entry for group in GROUPS.values() for name, entry in group.items()}
NEED_NOTHING = ('list', 'doctor')
"""Commands that run where torch or mmengine are missing or too old."""


def help_text() -> str:
    """Return what ``ltplug --help`` prints."""
    width = max(map(len, COMMANDS))
    lines = ['usage: ltplug COMMAND ...', '',
             'Trains image classifiers on long-tailed data. Configs are named by their file, or by',
             'the name of one that ltplug ships.']
    for heading, group in GROUPS.items():
        lines += ['', f'{heading}:']
        lines += [f'  {name:{width}}  {text}' for name, (_, _, text) in group.items()]
    return '\n'.join([*lines, '', '"ltplug COMMAND --help" tells more; "ltplug --version" the '
                      'version.'])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command ``ltplug``.

    Args:
        arguments (Sequence[str], optional): Instead of ``sys.argv``.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in ('-h', '--help', 'help'):
        print(help_text())
        return
    if given[0] in ('-V', '--version'):
        print(f'ltplug {__version__}')
        return
    name, *rest = given
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        meant = f' (did you mean {near[0]}?)' if near else ''
        sys.exit(f'Error: There is no command {name!r}{meant}; "ltplug --help" shows all.')
    if name not in NEED_NOTHING:
        try:
            prepare()
        except ImportError as error:
            sys.exit(f'Error: {error}')
    module, function, _ = COMMANDS[name]
    before, sys.argv = sys.argv, [f'ltplug {name}', *rest]  # by which argparse calls the program
    try:
        getattr(importlib.import_module(module, __package__), function)()
    finally:
        sys.argv = before
