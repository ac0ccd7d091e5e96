"""Small helpers that belong to no part of the stack."""

from .files import write_atomically, write_json
from .models import evaluation_mode, unwrap_model
from .seeding import SeedUse, hash_seed, hash_seeds, random_streams_kept, seed_everything

__all__ = [
    'SeedUse', 'evaluation_mode', 'hash_seed', 'hash_seeds', 'random_streams_kept',
    'seed_everything', 'unwrap_model', 'write_atomically', 'write_json'
]
