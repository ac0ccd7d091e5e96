"""Small helpers that belong to no part of the stack."""

from .seeding import hash_seed, hash_seeds, seed_everything

__all__ = ['hash_seed', 'hash_seeds', 'seed_everything']
