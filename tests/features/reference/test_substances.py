"""Every name and number of every substance identifies it; disagreement is reported and unknown stays unknown."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.reference.cas import check_digit_holds, read_cas
from features.reference.substances import Match, Substance, by_id, catalogue, identify, nearest_name

NAMES = [(substance, name) for substance in catalogue() for name in substance.names()]
CAS_COUNT = Counter(substance.cas for substance in catalogue() if substance.cas)


def found(name: str | None = None, cas: str | None = None, hs: str | None = None) -> str | None:
    substance = identify(name, cas, hs).substance
    return substance.id if substance else None


def test_the_catalogue_has_its_111_substances_with_lasting_ids() -> None:
    assert len(catalogue()) == 111
    assert len({substance.id for substance in catalogue()}) == 111
    assert by_id("acetic-anhydride") is not None
    assert by_id("nothing") is None
    assert by_id(None) is None


def test_statuses_follow_the_lists() -> None:
    anhydride, draft, acid = (by_id(i) for i in ("acetic-anhydride", "3-chloropropiophenone", "acetic-acid"))
    assert anhydride is not None
    assert draft is not None
    assert acid is not None
    assert (anhydride.scheduled, anhydride.controlled, anhydride.watch) == (True, True, False)
    assert (draft.scheduled, draft.controlled, draft.designer) == (False, False, True)
    assert (acid.scheduled, acid.controlled, acid.watch) == (False, False, True)
    assert sum(substance.scheduled for substance in catalogue()) == 42


@pytest.mark.parametrize(("substance", "name"), NAMES, ids=[f"{s.id}={n}" for s, n in NAMES])
def test_every_name_identifies_its_substance(substance: Substance, name: str) -> None:
    match = identify(name, None, None)
    assert match.substance is not None
    assert substance.id in {match.substance.id, *match.alternatives}
    assert match.matched_by in {"name", "family"}
    if match.alternatives:
        assert match.confidence <= 0.6


def test_only_the_stereoisomers_share_a_name() -> None:
    shared = {name for _, name in NAMES if identify(name, None, None).alternatives}
    assert shared == {"chloroephedrine", "хлорэфедрин", "chloropseudoephedrine", "хлорпсевдоэфедрин"}


@pytest.mark.parametrize("substance", [s for s in catalogue() if s.cas], ids=lambda s: str(s.id))
def test_every_number_identifies_its_substance(substance: Substance) -> None:
    assert substance.cas is not None
    assert check_digit_holds(substance.cas)
    assert CAS_COUNT[substance.cas] == 1
    match = identify(None, substance.cas, substance.hs6)
    assert (match.substance, match.matched_by, match.confidence, match.conflicts) == (substance, "cas", 1.0, ())
    assert identify(substance.name, substance.cas, substance.hs6).conflicts == ()
    for related in substance.related_cas:
        assert check_digit_holds(related)
        assert identify(None, related, None) == Match(substance, "related_cas", 0.97)


@pytest.mark.parametrize(
    "written",
    ["64-19-7", "64197", " 64 - 19 - 7 ", "CAS 64-19-7", "64–19–7", "64‑19‑7", "６４-１９-７", "CAS № 64—19—7"],
)
def test_a_number_is_read_however_it_is_written(written: str) -> None:
    assert read_cas(written) == ("64-19-7", True)
    assert found(cas=written) == "acetic-acid"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Уксусный ангидрид 99% технический", "acetic-anhydride"),
        ("Кислота серная аккумуляторная ГОСТ 667-73", "sulphuric-acid"),
        ("SULFURIC ACID 96-98 %", "sulphuric-acid"),
        ("Соляная кислота ХЧ 36 %", "hydrochloric-acid"),
        ("эфедрина гидрохлорид", "ephedrine"),
        ("Ephedrine HCl", "ephedrine"),
        ("l-Ephedrine Sulphate", "ephedrine"),
        ("Pseudo ephedrine hydrochloride", "pseudoephedrine"),
        ("Ether, diethyl", "ethyl-ether"),
        ("γ-Butyrolactone", "gamma-butyrolactone"),
        ("Acеtone", "acetone"),
        ("Uksusnyi angidrid", "acetic-anhydride"),
        ("Калий марганцовокислый (перманганат калия)", "potassium-permanganate"),
        ("тұз қышқылы", "hydrochloric-acid"),
        ("Ammonia solution 25%", "ammonia-gas"),
        ("acetone 99", "acetone"),
        ("Толуол ТУ 2414-031", "toluene"),
        ("PMK ethyl glycidate powder", "3-4-mdp-2-p-methyl-glycidic-acid-ethyl-ester"),
        ("BMK hexyl glycidate", "p-2-p-methyl-glycidic-acid-other-esters"),
        ("PMK hexyl glycidate", "3-4-mdp-2-p-methyl-glycidic-acid-other-esters"),
        ("n-butyl phenylacetate", "phenylacetic-acid"),
        ("calcium hypophosphite", "hypophosphorous-acid"),
    ],
)
def test_goods_are_known_as_people_write_them(name: str, expected: str) -> None:
    assert found(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "Acetone cyanohydrin", "Petroleum ether", "sodium acetate", "ammonium sulphate", "glycidyl methacrylate",
        "strawberry glycidate", "Calcium carbonate", "methyl ethyl ketone peroxide", "Sodium bicarbonate", "вода",
        "lithium chloride", "benzyl alcohol", "краска", "-", "°", "№", "99%", "1", "technical grade", "❶",
    ],
)  # fmt: skip
def test_other_goods_are_not_taken_for_a_substance(name: str) -> None:
    match = identify(name, None, None)
    assert (match.substance, match.matched_by, match.confidence) == (None, "none", 0.0)
    assert match.conflicts == ("name_unknown",)


@pytest.mark.parametrize(
    ("name", "cas", "hs", "expected", "conflicts"),
    [
        ("BMK glycidate", "16648-44-5", None, "methyl-alpha-phenylacetoacetate", ("name_cas",)),
        ("Acetone", "67-64-2", "2914.11", "acetone", ("cas_check_digit",)),
        ("Norfentanyl", "1609-66-5", None, "norfentanyl", ("cas_check_digit",)),
        ("Acetone", "50-00-0", None, "acetone", ("cas_unknown", "name_cas")),
        ("Cleaning agent", "108-24-7", None, "acetic-anhydride", ("name_unknown",)),
        (None, "108-24-7", "2915.21", "acetic-anhydride", ("hs_cas",)),
        ("Acetic anhydride", None, "2915.21", "acetic-anhydride", ("name_hs",)),
        ("Acetone", "67-64-1", "3814.00", "acetone", ()),
        ("Acetone", "67-64-1", "2914", "acetone", ()),
        ("Formaldehyde", "50-00-0", "2912.11", None, ("cas_unknown", "name_unknown")),
        ("Ibuprofen", "15687-27-1", "2916.39", None, ("cas_unknown", "name_unknown")),
    ],
)
def test_keys_that_disagree_are_reported(
    name: str | None, cas: str | None, hs: str | None, expected: str | None, conflicts: tuple[str, ...]
) -> None:
    match = identify(name, cas, hs)
    assert match.conflicts == conflicts
    assert (match.substance.id if match.substance else None) == expected


def test_a_disagreement_lowers_the_confidence() -> None:
    agreed, disagreed = identify("Acetone", "67-64-1", "2914.11"), identify("Toluene", "67-64-1", "2902.30")
    assert disagreed.confidence < agreed.confidence
    assert disagreed.alternatives == ("toluene",)


@pytest.mark.parametrize("substance", catalogue(), ids=lambda s: str(s.id))
def test_a_heading_alone_is_a_hint_at_most(substance: Substance) -> None:
    match = identify(None, None, substance.hs6)
    assert match.confidence <= 0.3
    assert match.substance is substance or substance.id in match.alternatives


def test_a_misspelt_name_needs_its_heading() -> None:
    assert found("Acetic anhydrid pure gradde") is None
    supported = identify("Bensaldehyde", None, "2912.21")
    assert supported.substance is by_id("benzaldehyde")
    assert supported.matched_by == "hs"
    assert 0.3 < supported.confidence < 0.7
    near = nearest_name("Bensaldehyde")
    assert near is not None
    assert near[0].id == "benzaldehyde"
    assert nearest_name("water") is None


@given(st.none() | st.text(max_size=60), st.none() | st.text(max_size=20), st.none() | st.text(max_size=12))
def test_identify_never_raises(name: str | None, cas: str | None, hs: str | None) -> None:
    match = identify(name, cas, hs)
    assert 0.0 <= match.confidence <= 1.0
    assert (match.substance is None) == (match.matched_by == "none")


def test_a_name_of_endless_digits_is_unknown() -> None:
    assert identify("9" * 5000, "9" * 5000, "9" * 5000).substance is None


def test_densities_are_of_liquids_between_0_6_and_2() -> None:
    densities = [s.density_kg_per_l for s in catalogue() if s.density_kg_per_l is not None]
    assert len(densities) == 44
    assert all(0.6 < density < 2 for density in densities)
