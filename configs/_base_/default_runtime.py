default_scope = 'mmpretrain'
custom_imports = dict(imports=['ltplug'], allow_failed_imports=False)

default_hooks = dict(
    runtime_info=dict(type='ltplug.LazyRuntimeInfoHook'),
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=100),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='ltplug.AtomicCheckpointHook', interval=1, max_keep_ckpts=2),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    sync_buffers=dict(type='ltplug.SyncAllBuffersHook'),
    class_counts=dict(type='ltplug.ClassCountsHook'),
    checkpoint_fit=dict(type='ltplug.CheckpointFitHook'),
    feature_cache=dict(type='ltplug.FeatureCacheHook'),
    pool_check=dict(type='ltplug.PoolCheckHook'),
    iteration_seed=dict(type='ltplug.IterationSeedHook'),
    run_summary=dict(type='ltplug.RunSummaryHook'),
)

env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)

visualizer = dict(type='UniversalVisualizer', vis_backends=[dict(type='LocalVisBackend')])

log_level = 'INFO'
load_from = None
resume = False
randomness = dict(seed=0, deterministic=False)
