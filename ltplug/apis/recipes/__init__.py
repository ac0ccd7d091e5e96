"""Recipes: several stages, one after the other."""

from .plan import Recipe, Source, Stage, load_recipe
from .running import run_recipe
from .seeds import run

__all__ = ['Recipe', 'Source', 'Stage', 'load_recipe', 'run', 'run_recipe']
