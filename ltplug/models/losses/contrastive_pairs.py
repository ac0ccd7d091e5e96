"""What a contrastive loss compares: anchors with the joint batch, or queries with a queue."""

from dataclasses import dataclass

import torch

from ltplug.ops import full_precision, key_and_queue_similarities, similarities
from ltplug.utils import gather_rows


@dataclass
class ContrastivePairs:
    """Anchors against what they are compared with.

    Attributes:
        similarity (Tensor): Inner products, float [A, K].
        own_views (Tensor): Which are other views of the anchor's image, bool [A, K].
        same_class (Tensor): Which have the anchor's label, own views included, bool [A, K].
        same_cluster (Tensor, optional): Which have the anchor's label and cluster, bool [A, K].
        contrast (Tensor, optional): Which are compared at all (not the anchor itself), bool
            [A, K]; None for all.
        labels (Tensor): Of the anchors, int64 [A].
    """

    similarity: torch.Tensor
    own_views: torch.Tensor
    same_class: torch.Tensor
    same_cluster: torch.Tensor | None
    contrast: torch.Tensor | None
    labels: torch.Tensor


def batch_pairs(features: torch.Tensor,
                labels: torch.Tensor,
                cluster_ids: torch.Tensor | None = None) -> ContrastivePairs:
    """Compare every view of this rank's images with all views of all ranks.

    Args:
        features (Tensor): [N, V, D].
        labels (Tensor): int64 [N].
        cluster_ids (Tensor, optional): int64 [N]; -1 equals nothing.

    Returns:
        ContrastivePairs: A = N * V anchors, K = all vectors of all ranks.

    Raises:
        ValueError: If the shapes do not fit.
    """
    if features.ndim != 3 or labels.shape != features.shape[:1]:
        raise ValueError('The in-batch loss takes features [N, V, D] and labels [N], got '
                         f'{tuple(features.shape)} and {tuple(labels.shape)}.')
    features = full_precision(features)  # before the exchange, which sums gradients
    if cluster_ids is None:
        cluster_ids = torch.full_like(labels, -1)
    num_views = features.shape[1]
    (everything, all_labels, all_clusters), start = gather_rows(features, labels, cluster_ids)

    def per_vector(values: torch.Tensor) -> torch.Tensor:
        return values.repeat_interleave(num_views)

    images = torch.arange(len(everything), device=features.device)
    own, own_labels = images[start:start + len(features)], per_vector(labels)
    same_image = per_vector(own)[:, None] == per_vector(images)
    vectors = torch.arange(len(everything) * num_views, device=features.device)
    first_row = start * num_views
    others = vectors[first_row:first_row + len(own_labels), None] != vectors
    same_class = (own_labels[:, None] == per_vector(all_labels)) & others
    own_clusters = per_vector(cluster_ids)[:, None]
    same_cluster = (own_clusters == per_vector(all_clusters)) & (own_clusters >= 0)
    return ContrastivePairs(
        similarity=similarities(features.flatten(0, 1), everything.flatten(0, 1)),
        own_views=same_image & others, same_class=same_class,
        same_cluster=same_class & same_cluster, contrast=others, labels=own_labels)


def queue_pairs(query: torch.Tensor,
                key: torch.Tensor,
                labels: torch.Tensor,
                queue: torch.Tensor,
                queue_labels: torch.Tensor,
                cluster_ids: torch.Tensor | None = None,
                queue_cluster_ids: torch.Tensor | None = None) -> ContrastivePairs:
    """Compare every query with its own key, then the queue; only queries get a gradient.

    Args:
        query (Tensor): [N, D].
        key (Tensor): The other view of each image, [N, D].
        labels (Tensor): int64 [N].
        queue (Tensor): [Q, D].
        queue_labels (Tensor): int64 [Q]; -1 (unfilled) equals nothing.
        cluster_ids (Tensor, optional): Of the queries, int64 [N]; -1 equals nothing.
        queue_cluster_ids (Tensor, optional): int64 [Q].

    Returns:
        ContrastivePairs: A = N, K = 1 + Q.

    Raises:
        ValueError: If something is missing or the shapes do not fit.
    """
    _check_queue_arguments(query, key, labels, queue, queue_labels,
                           is_complete=cluster_ids is None or queue_cluster_ids is not None)
    own_key = torch.zeros(len(query), 1 + len(queue), dtype=torch.bool, device=query.device)
    own_key[:, 0] = True

    def after_own_key(matches: torch.Tensor) -> torch.Tensor:
        return torch.cat([own_key[:, :1], matches], dim=1)

    same_class = (labels[:, None] == queue_labels) & (queue_labels >= 0)
    same_cluster = None
    if cluster_ids is not None:
        same_cluster = after_own_key(same_class & (cluster_ids[:, None] == queue_cluster_ids)
                                     & (queue_cluster_ids >= 0))
    return ContrastivePairs(
        similarity=key_and_queue_similarities(query, key.detach(), queue.detach()),
        own_views=own_key,
        same_class=after_own_key(same_class), same_cluster=same_cluster, contrast=None,
        labels=labels)


def batch_and_queue_pairs(query: torch.Tensor, key: torch.Tensor, labels: torch.Tensor,
                          queue: torch.Tensor, queue_labels: torch.Tensor) -> ContrastivePairs:
    """Compare every query with all keys and the other queries of all ranks, then the queue.

    Queries get a gradient as anchors and as what others are compared with, keys do not.

    Args:
        query (Tensor): [N, D].
        key (Tensor): The other view of each image, [N, D].
        labels (Tensor): int64 [N].
        queue (Tensor): [Q, D].
        queue_labels (Tensor): int64 [Q]; -1 (unfilled) equals nothing.

    Returns:
        ContrastivePairs: A = N, K = 2 * (the joint batch) + Q.

    Raises:
        ValueError: If something is missing or the shapes do not fit.
    """
    _check_queue_arguments(query, key, labels, queue, queue_labels)
    query, key, queue = full_precision(query), full_precision(key.detach()), queue.detach()
    (queries, keys, all_labels), start = gather_rows(query, key, labels)
    anchors, size = torch.arange(len(query), device=query.device), len(queries)
    own_key = torch.zeros(len(query), 2 * size + len(queue), dtype=torch.bool, device=query.device)
    contrast = torch.ones_like(own_key)
    own_key[anchors, start + anchors] = True
    contrast[anchors, size + start + anchors] = False
    candidates = torch.cat([keys, queries, queue.to(query.dtype)])
    candidate_labels = torch.cat([all_labels, all_labels, queue_labels])
    same_class = (labels[:, None] == candidate_labels) & (candidate_labels >= 0)
    return ContrastivePairs(
        similarity=similarities(query, candidates), own_views=own_key,
        same_class=same_class & contrast, same_cluster=None, contrast=contrast, labels=labels)


def _check_queue_arguments(query: torch.Tensor,
                           key: torch.Tensor | None,
                           labels: torch.Tensor | None,
                           queue: torch.Tensor | None,
                           queue_labels: torch.Tensor | None,
                           is_complete: bool = True) -> None:
    if not is_complete or any(each is None for each in (key, labels, queue, queue_labels)):
        raise ValueError('The loss with a queue needs key, labels, queue and queue_labels, with '
                         'clusters queue_cluster_ids too: one of them is missing.')
    if query.ndim != 2 or query.shape != key.shape or labels.shape != query.shape[:1]:
        raise ValueError('The loss with a queue takes query [N, D], key [N, D] and labels [N], got '
                         f'{tuple(query.shape)}, {tuple(key.shape)} and {tuple(labels.shape)}.')
    if queue.ndim != 2 or queue_labels.shape != queue.shape[:1]:
        raise ValueError('The loss with a queue takes queue [Q, D] and queue_labels [Q], got '
                         f'{tuple(queue.shape)} and {tuple(queue_labels.shape)}.')
