"""What a sender may use."""

from app.signalling.media.bandwidth import (
    CEILING_BPS,
    CONGESTED_SECONDS,
    FLOOR_BPS,
    SOUND_BPS,
    ViewerEstimate,
    send_limit,
)


def _sending(bps: int) -> ViewerEstimate:
    viewer = ViewerEstimate()
    viewer.sent(0, 0.0)
    viewer.sent(bps // 8, 1.0)
    return viewer


def _congested(sent_bps: int, bps: int) -> ViewerEstimate:
    viewer = _sending(sent_bps)
    viewer.reported(bps, 2.0)
    viewer.reported(bps, 2.0 + CONGESTED_SECONDS)
    return viewer


def test_without_viewers_the_ceiling_holds() -> None:
    assert send_limit([]) == SOUND_BPS
    assert send_limit([[]]) == CEILING_BPS + SOUND_BPS
    assert send_limit([[ViewerEstimate()], []]) == 2 * CEILING_BPS + SOUND_BPS


def test_the_slowest_viewer_decides_after_sound_has_its_own() -> None:
    slow = _congested(2_000_000, 600_000)

    assert send_limit([[ViewerEstimate(), slow]]) == 600_000


def test_a_low_report_that_does_not_last_is_not_believed() -> None:
    viewer = _sending(2_000_000)

    viewer.reported(600_000, 2.0)
    viewer.reported(600_000, 2.1)
    viewer.reported(2_000_000, 2.5)
    viewer.reported(600_000, 3.2)

    assert viewer.share_bps == CEILING_BPS


def test_an_estimate_that_has_not_grown_yet_does_not_bind() -> None:
    assert _congested(500_000, 450_000).share_bps == CEILING_BPS


def test_under_loss_an_estimate_just_below_what_is_sent_binds_at_once() -> None:
    viewer = _sending(500_000)
    viewer.fraction_lost = 0.1

    viewer.reported(450_000, 2.0)

    assert viewer.share_bps == 450_000 - SOUND_BPS


def test_the_limit_rises_with_the_estimate() -> None:
    viewer = _congested(2_000_000, 600_000)
    viewer.sent(2_000_000 // 8 + 600_000 // 8, 2.0)

    viewer.reported(900_000, 4.0)
    assert viewer.share_bps == 900_000 - SOUND_BPS
    viewer.reported(9_000_000, 5.0)

    assert viewer.share_bps == CEILING_BPS


def test_a_limit_that_nothing_speaks_for_any_more_is_raised_step_by_step() -> None:
    viewer = _congested(2_000_000, 400_000)
    viewer.sent(2_000_000 // 8 + 400_000 // 8, 2.0)

    shares = []
    for second in range(4, 8):
        viewer.reported(400_000, float(second))
        shares.append(viewer.share_bps + SOUND_BPS)

    assert shares == [600_000, 900_000, 1_350_000, 2_025_000]


def test_after_a_raise_that_went_too_far_the_next_one_waits_longer() -> None:
    viewer = _congested(2_000_000, 400_000)
    viewer.sent(2_000_000 // 8 + 400_000 // 8, 2.0)
    viewer.reported(400_000, 4.0)
    viewer.fraction_lost = 0.1
    viewer.reported(390_000, 5.0)
    viewer.fraction_lost = 0.0

    viewer.reported(400_000, 6.5)
    soon = viewer.share_bps
    viewer.reported(400_000, 7.0)

    assert (soon, viewer.share_bps) == (400_000 - SOUND_BPS, 600_000 - SOUND_BPS)


def test_a_viewers_pictures_share_its_line() -> None:
    viewer = _congested(2_000_000, 850_000)

    viewer.streams = 2

    assert viewer.share_bps == 400_000


def test_more_pictures_than_one_do_not_share_what_is_not_scarce() -> None:
    viewer = _sending(6_000_000)
    viewer.streams = 3

    viewer.reported(9_000_000, 2.0)

    assert viewer.share_bps == CEILING_BPS


def test_the_floor_holds() -> None:
    assert _congested(2_000_000, 1).share_bps == FLOOR_BPS
