"""Small helpers that belong to no part of the stack."""

from .files import write_atomically, write_json
from .models import unwrap_model
from .seeding import SeedUse, hash_seed, hash_seeds, seed_everything

__all__ = [
    'SeedUse', 'hash_seed', 'hash_seeds', 'seed_everything', 'unwrap_model', 'write_atomically',
    'write_json'
]
