"""Reading account-month files: every packaging and quoting gives the same rows."""

import csv
import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jietong.analytics.account_months import read_columns
from jietong.kernel.errors import InputError

PLAIN = "id,m,s\nalpha,1,0\nbeta,1,1\nalpha,2,0\n"
ROWS = [("alpha", "1", "0"), ("beta", "1", "1"), ("alpha", "2", "0")]


def rows_of(path):
    columns = read_columns(path, ("id", "m", "s"))
    return list(zip(*([column.value(code) for code in column.codes] for column in columns), strict=True))


def zipped(text):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("book.csv", text)
    return sink.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace("alpha", '"alpha"').encode(),
        PLAIN.replace(",", ", ").replace("beta", "beta  ").encode(),
        PLAIN.rstrip().encode() + b"\n\n\n",
        PLAIN.rstrip().encode(),
        gzip.compress(PLAIN.encode()),
        zipped(PLAIN),
    ],
)
def test_every_packaging_reads_the_same(tmp_path, data):
    path = tmp_path / "book"
    path.write_bytes(data)
    assert rows_of(path) == ROWS


@given(
    st.lists(
        st.tuples(
            st.text(st.sampled_from('ab,"\n 账é0123456789'), min_size=1, max_size=20),
            st.integers(-99, 99).map(str),
            st.sampled_from(["0", "1", "C"]),
        ),
        min_size=1,
        max_size=30,
    ),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_the_csv_module_writes_is_read_back(tmp_path_factory, rows, quoting):
    path = tmp_path_factory.mktemp("book") / "book.csv"
    sink = io.StringIO()
    writer = csv.writer(sink, quoting=quoting)
    writer.writerows([("id", "m", "s"), *rows])
    path.write_text(sink.getvalue(), encoding="utf-8", newline="")

    # Blank lines inside a quoted field are folded together; ids are compared without them.
    def folded(value):
        return "".join(value.split())

    assert [tuple(map(folded, row)) for row in rows_of(path)] == [tuple(map(folded, row)) for row in rows]


def test_many_distinct_accounts_out_of_order_stay_apart(tmp_path):
    path = tmp_path / "book.csv"
    ids = [f"loan-{(i * 7919) % 20011:012d}" for i in range(20011)]
    path.write_text("id,m,s\n" + "".join(f"{one},1,0\n" for one in ids), encoding="utf-8")
    column = read_columns(path, ("id",))[0]
    assert column.many == 20011
    assert [column.value(code) for code in column.codes] == ids


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"id,m,s\n", "empty"),
        (b"id,m,s\n\xff,1,0\n", "not_utf8"),
        (b"id,m,s\n1\x00,1,0\n", "not_text"),
        (b"PK\x03\x04 but no archive", "damaged_archive"),
        (gzip.compress(PLAIN.encode())[:-9], "damaged_archive"),
        (b"id,id,m,s\n1,1,1,0\n", "repeated_column"),
    ],
)
def test_bad_bytes_are_refused(tmp_path, data, code):
    path = tmp_path / "book"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_columns(path, ("id", "m", "s"))
    assert caught.value.code == code


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError) as caught:
        read_columns(tmp_path / "none.csv", ("id",))
    assert caught.value.code == "unreadable"
