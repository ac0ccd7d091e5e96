"""Train a config: mmengine's Runner, and nothing else."""

import argparse
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.runner import Runner


def main() -> None:
    """Train the config that the command line names."""
    parser = argparse.ArgumentParser(description='Train a config.')
    parser.add_argument('config')
    parser.add_argument('--work-dir', help='default: work_dirs/<config name>')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, default={},
                        metavar='KEY=VALUE', help='override keys of the config')
    args = parser.parse_args()
    cfg = Config.fromfile(args.config)
    cfg.merge_from_dict(args.cfg_options)
    cfg.work_dir = args.work_dir or f'work_dirs/{Path(args.config).stem}'
    Runner.from_cfg(cfg).train()


if __name__ == '__main__':
    main()
