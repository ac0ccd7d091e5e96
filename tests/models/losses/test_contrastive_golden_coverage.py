"""Every golden number of the contrastive family is compared with somewhere."""

import importlib
import re

import pytest

SUPCON = 'tests.models.losses.test_supcon_loss.test_'
SBCL = 'tests.models.losses.test_bi_granularity_loss.test_'
CLUSTERS = 'tests.ops.test_balanced_clustering.test_'
TARGETS = 'tests.ops.test_class_targets.test_'
TEMPERATURES = 'tests.ops.test_class_temperatures.test_'

# family -> pattern of a key without the case -> the test; None: says nothing of its own
INPUTS = r'features|labels|temperature|query|key|queue|queue_labels|k|targets|target_weight|beta|' \
         r'cluster_ids|cluster_ids_global|queue_cluster_ids|class_temperature'
COVERED = {
    'supcon': {
        rf'{INPUTS}|loss|grad_features': f'{SUPCON}supcon_equals_the_reference',
        'ref_tsc_loss_base_temperature_007': f'{SUPCON}supcon_equals_the_reference',
        'per_anchor': f'{SUPCON}supcon_of_every_anchor_equals_the_reference',
    },
    'kcl': {
        rf'{INPUTS}|loss|grad_query': f'{SUPCON}k_positives_equal_the_reference',
        'num_positives': f'{SUPCON}k_positives_equal_the_reference',
        r'(loss|grad)_(expected|min|max|std)':
            f'{SUPCON}drawn_positives_have_the_expectation_of_the_reference',
    },
    'tsc': {
        rf'{INPUTS}|loss|loss_class|grad_query|(code_)?loss_target_weighted|code_loss(_class)?':
            f'{SUPCON}targets_equal_the_reference',
        'centroids|target_of_class|total_similarity':
            f'{TARGETS}the_assignment_equals_the_reference_and_brute_force',
        'num_classes|dim|cosine|uniformity': f'{TARGETS}few_targets_are_a_simplex',
    },
    'bigran': {
        rf'{INPUTS}|(code_)?(loss|grad_features|loss_coarse)|loss_fine|per_anchor_(fine|coarse)':
            f'{SBCL}in_the_batch_equals_the_reference',
    },
    'bigran_queue': {
        rf'{INPUTS}|grad_query|loss(_fine|_coarse)?|code_loss':
            f'{SBCL}with_a_queue_equals_the_reference',
    },
    'temperature': {
        'features|labels|base_temperature|alpha|phi|class_temperature':
            f'{TEMPERATURES}temperatures_equal_the_reference',
    },
    'clustering': {
        'similarity|capacity|assignment': f'{CLUSTERS}assignments_equal_the_reference',
        'init_index|assignments': f'{CLUSTERS}passes_equal_the_reference',
        'partition': f'{CLUSTERS}separate_blobs_are_found',
        'features|max_size|ref_sbcl_balanced_sizes':
            f'{CLUSTERS}properties_of_the_reference_cases',
        'class_counts|delta|num_clusters|code_num_clusters':
            f'{CLUSTERS}number_of_clusters_of_cifar_equals_the_reference',
    },
}
# The gradient along the sphere follows from the gradient; a mean over anchors with positives and a
# fixed divisor are other conventions; the rest is what the repositories return (equal to code_*).
NOT_OURS = r'grad_tangent|loss_mean_over_valid|loss_fixed_divisor|ref_.*'


@pytest.mark.parametrize('family', COVERED)
def test_every_array_is_covered_once(golden, family):
    patterns = COVERED[family]
    names = {key.split('/')[1] for key in golden(f'sbcl_{family}')}
    matches = {name: [p for p in patterns if re.fullmatch(p, name)] for name in names}
    missing = {name: found for name, found in matches.items()
               if len(found) != 1 and not (not found and re.fullmatch(NOT_OURS, name))}
    assert missing == {}


@pytest.mark.parametrize('test', [test for each in COVERED.values() for test in each.values()])
def test_the_named_test_exists(test):
    module, name = test.rsplit('.', 1)
    assert callable(getattr(importlib.import_module(module), name))
