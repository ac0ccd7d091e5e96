"""Recipes: several stages, one after the other."""

from .plan import load_recipe
from .running import run_recipe
from .stages import Recipe, Source, Stage

__all__ = ['Recipe', 'Source', 'Stage', 'load_recipe', 'run_recipe']
