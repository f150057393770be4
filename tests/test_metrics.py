"""What is counted, and how it is written down for Prometheus."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from chat import metrics
from chat.metrics.exposition import Family, exposition
from chat.metrics.kinds import Counter, Histogram, LabelledCounter


def test_counters_lose_nothing_to_other_threads():
    counter, labelled = Counter(), LabelledCounter("status", ("complete", "failed"))

    def count(_: int) -> None:
        for _ in range(20_000):
            counter.add()
            labelled.add("failed")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count, range(8)))

    assert counter.value == 160_000
    assert labelled.samples()[1] == ("", (("status", "failed"),), 160_000)


def test_a_histogram_counts_a_bound_below_itself():
    histogram = Histogram((1, 5))

    for value in (0, 1, 2, 5, 7):
        histogram.observe(value)

    written = exposition([Family("changes", "histogram", "Changes.", histogram.samples())])
    assert written.splitlines() == [
        "# HELP changes Changes.",
        "# TYPE changes histogram",
        'changes_bucket{le="1"} 2',
        'changes_bucket{le="5"} 4',
        'changes_bucket{le="+Inf"} 5',
        "changes_sum 15",
        "changes_count 5",
    ]


def test_labels_are_there_before_anything_was_counted():
    ended = LabelledCounter("status", ("complete", "failed"))

    ended.add("failed")

    assert exposition([Family("ended_total", "counter", "Ended.", ended.samples())]).splitlines()[2:] == [
        'ended_total{status="complete"} 0',
        'ended_total{status="failed"} 1',
    ]


def test_what_has_a_meaning_in_the_format_is_escaped():
    written = exposition([metrics.gauges("odd", 'A \\ and\na "line".', "name", {'a"b\\c\nd': 0.5})])

    assert written == ('# HELP odd A \\\\ and\\na "line".\n# TYPE odd gauge\nodd{name="a\\"b\\\\c\\nd"} 0.5\n')
