"""Training images that resemble images or patches most, with response maps.

``python tools/analysis/retrieval.py CONFIG CHECKPOINT --images CONFIG --salient 0.5``
"""

from ltplug.cli.retrieval import retrieval_main

if __name__ == '__main__':
    retrieval_main()
