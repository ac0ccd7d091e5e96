"""Recipes: several stages, one after the other."""

from .plan import Recipe, Source, Stage, load_recipe
from .running import run_recipe

__all__ = ['Recipe', 'Source', 'Stage', 'load_recipe', 'run_recipe']
