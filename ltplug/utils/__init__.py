"""Small helpers that belong to no part of the stack."""

from .distributed import gather_rows, mean_over_ranks, rows_before
from .files import sought_in, why_no_file, write_atomically, write_json
from .loops import built_loop, built_loops, check_epochs, is_training
from .models import evaluation_mode, unwrap_model
from .nested import flatten
from .progress import show_progress, track
from .seeding import SeedUse, hash_seed, hash_seeds, random_streams_kept, seed_everything
from .stopwatch import Stopwatch

__all__ = [
    'SeedUse', 'Stopwatch', 'built_loop', 'built_loops', 'check_epochs', 'evaluation_mode',
    'flatten', 'gather_rows', 'hash_seed', 'hash_seeds', 'is_training', 'mean_over_ranks',
    'random_streams_kept', 'rows_before', 'seed_everything', 'show_progress', 'sought_in', 'track',
    'unwrap_model', 'why_no_file', 'write_atomically', 'write_json'
]
