"""The golden numbers of the losses as tensors."""

import numpy as np
import pytest
import torch


@pytest.fixture
def reference(golden):
    arrays = golden('rebal_losses')
    return {key: torch.from_numpy(np.asarray(value)) for key, value in arrays.items()}
