"""Predict images: ``python tools/predict.py MODEL [CHECKPOINT] IMAGES... --out FILE``."""

from ltplug.cli.predict import predict_main

if __name__ == '__main__':
    predict_main()
