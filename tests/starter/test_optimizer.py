import torch

from nanoverse.starter.optimizer import Muon, orthogonal


def test_the_singular_values_of_an_update_are_near_one():
    torch.manual_seed(0)
    for shape in ((3, 24, 64), (2, 64, 24), (1, 32, 32)):
        values = torch.linalg.svdvals(orthogonal(torch.randn(shape)).float())
        assert (values.median() > 0.6) and (values.max() < 1.4)


def test_an_update_points_the_way_of_its_gradient():
    torch.manual_seed(1)
    gradient = torch.randn(1, 16, 48)
    assert (orthogonal(gradient) * gradient).sum() > 0


def test_it_fits_a_linear_map():
    torch.manual_seed(2)
    wanted, inputs = torch.randn(12, 8), torch.randn(200, 8)
    weight = torch.nn.Parameter(torch.zeros(12, 8))
    optimizer = Muon([weight], lr=0.1, decay=0.0)
    losses = []
    for _ in range(60):
        loss = ((inputs @ (weight - wanted).T) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] / 10
