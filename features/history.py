"""Bounded state per party: what earlier orders and outcomes tell, in whole numbers.

A *deep* state serves keys whose quantities matter over time (a customer, a customer's substance, a consignee):
a ring of 91 UTC days, rings of 25 calendar months, a ring of the 32 latest quantities and a histogram of all
of them. The rings are the trailing baselines; the histogram and the totals are their long-run twins, which a
slow surge cannot absorb. A *slim* state serves keys of which only acquaintance matters (an account, an address).
A *profile* keeps the latest few carriers, payers, contacts and so on of a customer (`features.profile`).

Every state is a row of int64 of fixed length, so what one order reads does not grow with history, sums are exact
and one compiled kernel serves a single order and a million of them to the same bit. Quantities are micro-kilograms,
moments are microseconds since 1970 UTC.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.compiled import compiled

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

MICROS_PER_DAY = 86_400_000_000
NONE = np.iinfo(np.int64).min

# Header, shared by both kinds.
COUNT, SUM, FIRST, LAST, BAD, GOOD, LAST_LABEL, AMENDED, LOSS, LAST_BAD = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
# Slim: up to four different customers seen under one phone, address, account or name.
DISTINCT, OWNER = 10, 11
OWNERS = 4
SLIM_NEAR = OWNER + OWNERS
SLIM_SIZE = SLIM_NEAR + 1
# Deep.
RING_DAY, RING_MONTH, LARGEST, LAST_GAP, NEAR, NEXT_RECENT, LAST_QUANTITY, REPEATS = 10, 11, 12, 13, 14, 15, 16, 17
PARTNERS, LAST_PARTNER, NEXT_UNUSUAL, EARLY_COUNT, EARLY_SUM, HALF_YEAR_SUM = 18, 19, 20, 21, 22, 23
DAYS, MONTHS, RECENT, BINS, MARKED, HOURS, WEEKDAYS = 91, 25, 32, 144, 8, 8, 7
DAY_COUNT = 24
DAY_SUM = DAY_COUNT + DAYS
MONTH_COUNT = DAY_SUM + DAYS
MONTH_SUM = MONTH_COUNT + MONTHS
MONTH_BAD = MONTH_SUM + MONTHS
RECENT_AT = MONTH_BAD + MONTHS
RECENT_QUANTITY = RECENT_AT + RECENT
UNUSUAL_AT = RECENT_QUANTITY + RECENT
NEAR_AT = UNUSUAL_AT + MARKED
# Two counts of 32 bits share one number, so that two versions of a state fit one page of the database.
HOUR_COUNT = NEAR_AT + MARKED
WEEKDAY_COUNT = HOUR_COUNT + HOURS // 2
BIN_COUNT = WEEKDAY_COUNT + (WEEKDAYS + 1) // 2
DEEP_SIZE = BIN_COUNT + BINS // 2
LOWEST_BIN_OCTAVE = 8
TWO_YEARS = 730 * MICROS_PER_DAY
HOUR_MICROS = MICROS_PER_DAY // 24
UNUSUAL_FACTOR = 3
HALF_YEAR = 182 * MICROS_PER_DAY
EARLY_ORDERS = 12  # what a party began with is never absorbed by what came later
FEWEST_EARLY = 3

DEEP_FACTS = (
    "count", "kilograms", "days_known", "gap_days", "confirmed", "cleared", "days_since_label", "amended",
    "count_7d", "kilograms_7d", "count_30d", "kilograms_30d", "count_90d", "kilograms_90d",
    "month_count", "month_kilograms", "year_kilograms", "monthly_mean_12m", "monthly_median_24m",
    "recent_median", "recent_deviation", "long_median", "largest", "last_gap_days", "near_count",
    "last_kilograms", "repeats", "mean_kilograms",
    "losses", "days_since_confirmed", "confirmed_3m", "confirmed_12m", "kilograms_12m", "kilograms_before_12m",
    "season_kilograms", "partners", "partner_days", "unusual_30d", "unusual_90d", "hour_share", "weekday_share",
    "count_1h", "count_1d", "kilograms_1d", "spacing_days", "spacing_spread", "monthly_high_24m", "active_months",
    "early_mean", "early_monthly", "near_30d", "near_90d",
)  # fmt: skip
# What a new state answers with 0; the rest it does not know.
ZERO_FACTS = (
    0, 1, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 22, 24, 26, 28, 30, 31, 32, 33, 34, 35, 37, 38, 41, 42, 43, 47,
    50, 51,
)  # fmt: skip
SLIM_FACTS = ("count", "days_known", "gap_days", "confirmed", "cleared", "others", "kilograms", "losses", "near_count")
GOOD_LABEL, BAD_LABEL, LOSS_LABEL = 0, 1, 2


@compiled
def advance(state: IntArray, day: int, month: int) -> None:
    """Bring both rings of a deep state to a day and month, forgetting what has fallen out."""
    if state[COUNT] == 0 and state[RING_DAY] == 0:
        state[RING_DAY] = day
        state[RING_MONTH] = month
        return
    for passed in range(max(state[RING_DAY] + 1, day - DAYS + 1), day + 1):
        state[DAY_COUNT + passed % DAYS] = 0
        state[DAY_SUM + passed % DAYS] = 0
    for passed in range(max(state[RING_MONTH] + 1, month - MONTHS + 1), month + 1):
        state[MONTH_COUNT + passed % MONTHS] = 0
        state[MONTH_SUM + passed % MONTHS] = 0
        state[MONTH_BAD + passed % MONTHS] = 0
    state[RING_DAY] = max(state[RING_DAY], day)
    state[RING_MONTH] = max(state[RING_MONTH], month)


@compiled
def halved(state: IntArray, base: int, index: int) -> int:
    """The count at `index` of counts that are kept two to a number."""
    return int((state[base + index // 2] >> (32 * (index % 2))) & 0xFFFFFFFF)


@compiled
def count_halved(state: IntArray, base: int, index: int, step: int) -> None:
    """Add `step` to one of the counts that are kept two to a number; none goes below 0."""
    if step > 0 or halved(state, base, index) > 0:
        state[base + index // 2] += step << (32 * (index % 2))


@compiled
def bin_of(quantity: int) -> int:
    """Histogram bin of a quantity: quarter octaves from 2**8 micro-kilograms up."""
    if quantity < (1 << LOWEST_BIN_OCTAVE):
        return 0
    octave = 0
    rest = quantity
    while rest > 1:
        rest >>= 1
        octave += 1
    quarter = ((quantity << 2) >> octave) & 3 if octave < 60 else 3
    return min(BINS - 1, (octave - LOWEST_BIN_OCTAVE) * 4 + quarter)


@compiled
def middle_of_bin(index: int) -> float:
    """Quantity at the middle of a histogram bin, in micro-kilograms."""
    octave = LOWEST_BIN_OCTAVE + index // 4
    return float(1 << octave) * (1.0 + (index % 4 + 0.5) / 4.0)


@compiled
def sort_few(values: IntArray, size: int) -> None:
    """Sort the first `size` values in place; for the few that a ring holds this beats the library's sort."""
    for last in range(1, size):
        value = values[last]
        place = last
        while place > 0 and values[place - 1] > value:
            values[place] = values[place - 1]
            place -= 1
        values[place] = value


@compiled
def median_of(values: IntArray, size: int) -> float:
    """Median of the first `size` values, which are sorted in place; NaN for none."""
    if size == 0:
        return np.nan
    sort_few(values, size)
    half = size // 2
    if size % 2 == 1:
        return float(values[half])
    return (float(values[half - 1]) + float(values[half])) / 2.0


@compiled
def add_deep(state: IntArray, at: int, when: IntArray, quantity: int, near: int) -> None:
    """Fold one order into a deep state. `when` is (day, month); a quantity of 0 is an unknown mass."""
    day, month = when[0], when[1]
    advance(state, day, month)
    if state[COUNT] == 0:
        state[FIRST] = at
    else:
        state[LAST_GAP] = at - state[LAST]
    state[COUNT] += 1
    state[LAST] = at
    state[SUM] += quantity
    if near > 0:
        state[NEAR_AT + state[NEAR] % MARKED] = at
    state[NEAR] += near
    if at - state[FIRST] <= HALF_YEAR:
        state[HALF_YEAR_SUM] += quantity
    state[DAY_COUNT + day % DAYS] += 1
    state[DAY_SUM + day % DAYS] += quantity
    state[MONTH_COUNT + month % MONTHS] += 1
    state[MONTH_SUM + month % MONTHS] += quantity
    if quantity > 0:
        if state[EARLY_COUNT] < EARLY_ORDERS:
            state[EARLY_COUNT] += 1
            state[EARLY_SUM] += quantity
        state[REPEATS] = state[REPEATS] + 1 if quantity == state[LAST_QUANTITY] else 0
        state[LAST_QUANTITY] = quantity
        state[LARGEST] = max(state[LARGEST], quantity)
        slot = state[NEXT_RECENT] % RECENT
        state[RECENT_AT + slot] = at
        state[RECENT_QUANTITY + slot] = quantity
        state[NEXT_RECENT] += 1
        count_halved(state, BIN_COUNT, bin_of(quantity), 1)
    count_halved(state, HOUR_COUNT, at % MICROS_PER_DAY // (3 * HOUR_MICROS), 1)
    count_halved(state, WEEKDAY_COUNT, (day + 3) % 7, 1)


@compiled
def note_partner(state: IntArray, at: int) -> None:
    """Note that a party deals with another for the first time."""
    state[PARTNERS] += 1
    state[LAST_PARTNER] = at


@compiled
def note_unusual(state: IntArray, at: int) -> None:
    """Note that a party had an order far above what is usual for the customer."""
    state[UNUSUAL_AT + state[NEXT_UNUSUAL] % MARKED] = at
    state[NEXT_UNUSUAL] += 1


@compiled
def retract_deep(state: IntArray, when: IntArray, quantity: int, near: int) -> None:
    """Take an amended order's earlier quantity out of the sums; that it was ever placed stays known."""
    day, month = when[0], when[1]
    if state[COUNT] <= 0:
        return
    state[COUNT] -= 1
    state[SUM] -= quantity
    state[NEAR] -= near
    state[AMENDED] += 1
    if state[RING_DAY] - DAYS < day <= state[RING_DAY]:
        state[DAY_COUNT + day % DAYS] -= 1
        state[DAY_SUM + day % DAYS] -= quantity
    if state[RING_MONTH] - MONTHS < month <= state[RING_MONTH]:
        state[MONTH_COUNT + month % MONTHS] -= 1
        state[MONTH_SUM + month % MONTHS] -= quantity
    if quantity > 0:
        count_halved(state, BIN_COUNT, bin_of(quantity), -1)
        for slot in range(RECENT):
            if state[RECENT_QUANTITY + slot] == quantity:
                state[RECENT_QUANTITY + slot] = 0
                break


@compiled
def add_slim(state: IntArray, at: int, quantity: int, near: int, owner: int) -> None:
    """Fold one order into a slim state and note which customer used the key."""
    if state[COUNT] == 0:
        state[FIRST] = at
    state[COUNT] += 1
    state[SUM] += quantity
    state[SLIM_NEAR] += near
    state[LAST] = at
    known = min(state[DISTINCT], OWNERS)
    for slot in range(known):
        if state[OWNER + slot] == owner:
            return
    if known < OWNERS:
        state[OWNER + known] = owner
    state[DISTINCT] = known + 1 if known < OWNERS else OWNERS


@compiled
def add_label(state: IntArray, at: int, verdict: int, step: int) -> None:
    """Fold one known outcome into a state of either kind, or with `step` -1 withdraw it."""
    if verdict == BAD_LABEL:
        state[BAD] += step
        if step > 0:
            state[LAST_BAD] = at
    elif verdict == GOOD_LABEL:
        state[GOOD] += step
    else:
        state[LOSS] += step
    state[LAST_LABEL] = at


@compiled
def add_deep_label(state: IntArray, when: IntArray, label: IntArray) -> None:
    """The same for a deep state. `when` is (day, month) of now; `label` (moment, verdict, step, month it was known)."""
    advance(state, when[0], when[1])
    add_label(state, label[0], label[1], label[2])
    if label[1] == BAD_LABEL and state[RING_MONTH] - MONTHS < label[3] <= state[RING_MONTH]:
        state[MONTH_BAD + label[3] % MONTHS] += label[2]


@compiled
def days_between(later: int, earlier: int) -> float:
    return float(later - earlier) / MICROS_PER_DAY


@compiled
def windows(state: IntArray, day: int, out: FloatArray) -> None:
    """Orders and kilograms of the last 7, 30 and 90 UTC days, the order's own day included, into out[0:6]."""
    count, total = 0, 0
    slot = day % DAYS
    for back in range(90):
        count += state[DAY_COUNT + slot]
        total += state[DAY_SUM + slot]
        slot = slot - 1 if slot > 0 else DAYS - 1
        if back == 6:
            out[0], out[1] = float(count), float(total) / 1e6
        elif back == 29:
            out[2], out[3] = float(count), float(total) / 1e6
    out[4], out[5] = float(count), float(total) / 1e6


@compiled
def month_facts(state: IntArray, month: int, out: FloatArray) -> None:
    """Calendar sums into out[0:5]: month count and kg, year kg, mean of 12 and median of 24 active months."""
    out[0] = float(state[MONTH_COUNT + month % MONTHS])
    out[1] = float(state[MONTH_SUM + month % MONTHS]) / 1e6
    year = 0
    for back in range(month % 12 + 1):
        year += state[MONTH_SUM + (month - back) % MONTHS]
    out[2] = float(year) / 1e6
    active = np.zeros(MONTHS, dtype=np.int64)
    size = 0
    total = 0
    months = 0
    for back in range(1, MONTHS):
        quantity = state[MONTH_SUM + (month - back) % MONTHS]
        if quantity > 0:
            active[size] = quantity
            size += 1
            if back <= 12:
                total += quantity
                months += 1
    out[3] = float(total) / 1e6 / months if months > 0 else np.nan
    out[4] = median_of(active, size) / 1e6


@compiled
def long_month_facts(state: IntArray, month: int, out: FloatArray) -> None:
    """Into out[0:7]: cases known in 3 and 12 months, kg of 12 months and of the 12 before, kg of the same month
    and its neighbours a year ago, largest of 24 months in kg, number of active months among them."""
    bad_3, bad_12, recent, before, high, active = 0, 0, 0, 0, 0, 0
    for back in range(MONTHS - 1):
        slot = (month - back) % MONTHS
        quantity = state[MONTH_SUM + slot]
        if back < 3:
            bad_3 += state[MONTH_BAD + slot]
        if back < 12:
            bad_12 += state[MONTH_BAD + slot]
            recent += quantity
        else:
            before += quantity
        if back > 0 and quantity > 0:
            active += 1
            high = max(high, quantity)
    season = 0
    for back in range(11, 14):
        season += state[MONTH_SUM + (month - back) % MONTHS]
    out[0], out[1] = float(bad_3), float(bad_12)
    out[2], out[3], out[4] = float(recent) / 1e6, float(before) / 1e6, float(season) / 3e6
    out[5] = float(high) / 1e6 if active > 0 else np.nan
    out[6] = float(active)


@compiled
def spacing_facts(state: IntArray, at: int, out: FloatArray) -> None:
    """Into out[0:5]: orders in 1 hour and 1 day, kg in 1 day, median days between the latest orders, and the spread
    of those gaps: their median deviation over their median (0 like clockwork); NaN below three gaps."""
    gaps = np.zeros(RECENT, dtype=np.int64)
    hour, day, mass, size, earlier = 0, 0, 0, 0, 0
    for turn in range(state[NEXT_RECENT], state[NEXT_RECENT] + RECENT):  # from the oldest to the latest
        slot = turn % RECENT
        quantity, moment = state[RECENT_QUANTITY + slot], state[RECENT_AT + slot]
        if quantity <= 0:
            continue
        if size > 0:
            gaps[size - 1] = moment - earlier
        size += 1
        earlier = moment
        if at - moment <= MICROS_PER_DAY:
            day += 1
            mass += quantity
            hour += 1 if at - moment <= HOUR_MICROS else 0
    out[0], out[1], out[2] = float(hour), float(day), float(mass) / 1e6
    out[3], out[4] = np.nan, np.nan
    if size > 3:
        middle = median_of(gaps, size - 1)
        for slot in range(size - 1):
            gaps[slot] = abs(gaps[slot] - np.int64(middle))
        out[3] = middle / MICROS_PER_DAY
        out[4] = median_of(gaps, size - 1) / max(middle, 1.0)


@compiled
def habit_share(state: IntArray, base: int, size: int, index: int) -> float:
    """Share of earlier orders at this time of day or weekday, smoothed towards an even spread."""
    total = 0
    for other in range(size):
        total += halved(state, base, other)
    return (halved(state, base, index) + 1.0) / (total + size)


@compiled
def marked_within(state: IntArray, base: int, at: int, days: int) -> float:
    """Orders of the last `days` among the latest eight that were marked at `base`."""
    found = 0
    for slot in range(MARKED):
        if state[base + slot] != 0 and at - state[base + slot] <= days * MICROS_PER_DAY:
            found += 1
    return float(found)


@compiled
def quantity_facts(state: IntArray, at: int, out: FloatArray) -> None:
    """Median, median deviation of the latest quantities, long-run median and largest, kg, into out[0:4]."""
    kept = np.zeros(RECENT, dtype=np.int64)
    size = 0
    for slot in range(RECENT):
        if state[RECENT_QUANTITY + slot] > 0 and at - state[RECENT_AT + slot] <= TWO_YEARS:
            kept[size] = state[RECENT_QUANTITY + slot]
            size += 1
    median = median_of(kept, size)
    out[0] = median / 1e6
    for slot in range(size):
        kept[slot] = abs(kept[slot] - np.int64(median))
    out[1] = median_of(kept, size) / 1e6
    total = 0
    for place in range(BIN_COUNT, BIN_COUNT + BINS // 2):
        total += (state[place] & 0xFFFFFFFF) + (state[place] >> 32)
    out[2] = np.nan
    seen = 0
    for index in range(BINS if total > 0 else 0):
        seen += halved(state, BIN_COUNT, index)
        if seen * 2 >= total:
            out[2] = middle_of_bin(index) / 1e6
            break
    out[3] = float(state[LARGEST]) / 1e6


@compiled
def read_nothing(out: FloatArray) -> None:
    """What a new state tells: no orders, no outcomes, nothing to compare with."""
    out[:] = np.nan
    for fact in ZERO_FACTS:
        out[fact] = 0.0
    out[39], out[40] = 1.0 / HOURS, 1.0 / WEEKDAYS


@compiled
def read_deep(state: IntArray, at: int, when: IntArray, out: FloatArray) -> None:
    """What a deep state tells an order arriving at `at`, into out[0:len(DEEP_FACTS)]; NaN where nothing is known."""
    if state[RING_DAY] == 0 or (state[NEXT_RECENT] == 0 and state[LAST] == 0 and state[LAST_LABEL] == 0):
        read_nothing(out)
        return
    day, month = when[0], when[1]
    advance(state, day, month)
    known = state[COUNT] > 0
    out[0] = float(state[COUNT])
    out[1] = float(state[SUM]) / 1e6
    out[2] = days_between(at, state[FIRST]) if known else np.nan
    out[3] = days_between(at, state[LAST]) if known else np.nan
    out[4] = float(state[BAD])
    out[5] = float(state[GOOD])
    out[6] = days_between(at, state[LAST_LABEL]) if state[LAST_LABEL] != 0 else np.nan
    out[7] = float(state[AMENDED])
    windows(state, day, out[8:14])
    month_facts(state, month, out[14:19])
    quantity_facts(state, at, out[19:23])
    out[23] = float(state[LAST_GAP]) / MICROS_PER_DAY if state[COUNT] > 1 else np.nan
    out[24] = float(state[NEAR])
    out[25] = float(state[LAST_QUANTITY]) / 1e6 if state[LAST_QUANTITY] > 0 else np.nan
    out[26] = float(state[REPEATS])
    out[27] = float(state[SUM]) / 1e6 / state[COUNT] if known else np.nan
    out[28] = float(state[LOSS])
    out[29] = days_between(at, state[LAST_BAD]) if state[LAST_BAD] != 0 else np.nan
    long = np.empty(7)
    long_month_facts(state, month, long)
    out[30:35] = long[:5]
    out[35] = float(state[PARTNERS])
    out[36] = days_between(at, state[LAST_PARTNER]) if state[PARTNERS] > 0 else np.nan
    out[37] = marked_within(state, UNUSUAL_AT, at, 30)
    out[38] = marked_within(state, UNUSUAL_AT, at, 90)
    out[39] = habit_share(state, HOUR_COUNT, HOURS, at % MICROS_PER_DAY // (3 * HOUR_MICROS))
    out[40] = habit_share(state, WEEKDAY_COUNT, WEEKDAYS, (day + 3) % 7)
    spacing_facts(state, at, out[41:46])
    out[46:48] = long[5:]
    early = state[EARLY_COUNT]
    out[48] = float(state[EARLY_SUM]) / 1e6 / early if early >= FEWEST_EARLY else np.nan
    settled = known and at - state[FIRST] > HALF_YEAR and state[HALF_YEAR_SUM] > 0
    out[49] = float(state[HALF_YEAR_SUM]) / 6e6 if settled else np.nan
    out[50] = marked_within(state, NEAR_AT, at, 30)
    out[51] = marked_within(state, NEAR_AT, at, 90)


@compiled
def read_slim(state: IntArray, at: int, owner: int, out: FloatArray) -> None:
    """What a slim state tells an order of customer `owner`, into out[0:len(SLIM_FACTS)]."""
    known = state[COUNT] > 0
    out[0] = float(state[COUNT])
    out[1] = days_between(at, state[FIRST]) if known else np.nan
    out[2] = days_between(at, state[LAST]) if known else np.nan
    out[3] = float(state[BAD])
    out[4] = float(state[GOOD])
    others = 0
    for slot in range(min(state[DISTINCT], OWNERS)):
        if state[OWNER + slot] != owner:
            others += 1
    out[5] = float(others)
    out[6] = float(state[SUM]) / 1e6
    out[7] = float(state[LOSS])
    out[8] = float(state[SLIM_NEAR])
