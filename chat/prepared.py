"""Queries said in the ORM's words, whose SQL is made once.

To find the words for a query takes the ORM ten times as long as the database takes to answer it. What every post and
every connect asks is prepared; all else is asked as usual.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property, partial, reduce
from operator import or_
from typing import Any, NamedTuple, TypeVar

from django.db import connection, models
from django.db.models import Q
from django.db.models.expressions import DatabaseDefault, Expression, ExpressionList
from django.db.models.query import get_related_populators
from django.db.models.sql import InsertQuery, UpdateQuery
from django.db.transaction import TransactionManagementError

M = TypeVar("M", bound=models.Model)
Row = tuple[Any, ...]
Say = Callable[[], models.QuerySet[Any, Any]]  # called with the first use: the models are loaded by then


class Given(Expression):
    """What is filled in each time. ``field`` writes it for the database, where that is not how Python has it."""

    def __init__(self, name: str, field: models.Field[Any, Any] | None = None) -> None:
        super().__init__(output_field=field)
        self.name, self.kind = name, field

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]

    def written(self, values: Mapping[str, Any]) -> Any:
        value = values[self.name]
        return value if self.kind is None else self.kind.get_db_prep_value(value, connection)


class Statement(NamedTuple):
    sql: str
    parameters: Sequence[Any]

    def execute(self, cursor: Any, values: Mapping[str, Any]) -> None:
        cursor.execute(self.sql, self.filled(values))

    def filled(self, values: Mapping[str, Any]) -> list[Any]:
        return [part.written(values) if isinstance(part, Given) else part for part in self.parameters]


class PreparedRows:
    """A ``SELECT``: rows as ``values_list()`` says them, or as all columns of the model in their order."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def all(self, **values: Any) -> list[Row]:
        statement, converters, compiler = self._prepared
        if self._is_locking and connection.get_autocommit():
            raise TransactionManagementError("A row is locked within a transaction.")
        with connection.cursor() as cursor:
            statement.execute(cursor, values)
            rows = cursor.fetchall()
        return list(map(tuple, compiler.apply_converters(rows, converters))) if converters else rows

    def first(self, **values: Any) -> Row | None:
        """Of a query that finds one row at most."""
        return next(iter(self.all(**values)), None)

    def instance(self, **values: Any) -> Any:
        """The one row as an instance of the model, or None; for queries that say all columns."""
        return next(iter(self.instances(**values)), None)

    def instances(self, **values: Any) -> list[Any]:
        """All rows as such."""
        return list(map(self._instance, self.all(**values)))

    def _instance(self, row: Row) -> Any:
        return instance_of(self.model, row)

    @cached_property
    def _prepared(self) -> tuple[Statement, Any, Any]:
        compiler = self._say().query.get_compiler(connection=connection)
        statement = Statement(*compiler.as_sql())
        return statement, compiler.get_converters([column for column, _, _ in compiler.select]), compiler

    @cached_property
    def model(self) -> Any:
        return self._say().model

    @cached_property
    def _is_locking(self) -> bool:
        return self._say().query.select_for_update and connection.features.has_select_for_update


class PreparedAmong:
    """A ``SELECT`` of the rows of which a column is one of several values. It is made for one, and for few sizes more:
    up to ``MANY`` values are asked for by the same statement."""

    MANY = 16

    def __init__(
        self, say: Callable[[Any], models.QuerySet[Any, Any]], kind: type[PreparedRows] = PreparedRows
    ) -> None:
        """:param say: is given what to write behind ``__in=``."""
        self._say = say
        self._kind = kind
        self._of_size: dict[int, PreparedRows] = {}

    def all(self, among: Collection[Any], **values: Any) -> list[Row]:
        """Without a query where there are none."""
        if not among:
            return []
        query, named = self._asked(among)
        return query.all(**named, **values)

    def instances(self, among: Collection[Any], **values: Any) -> list[Any]:
        """As instances of the model."""
        if not among:
            return []
        query, named = self._asked(among)
        return query.instances(**named, **values)

    def _asked(self, among: Collection[Any]) -> tuple[PreparedRows, dict[str, Any]]:
        """What is asked of the database, and of what."""
        wanted = list(among)
        size = 1 if len(wanted) == 1 else max(self.MANY, 1 << (len(wanted) - 1).bit_length())
        wanted += wanted[-1:] * (size - len(wanted))  # the last one, until they are as many as the statement names
        query = self._of_size.get(size) or self._of_size.setdefault(size, self._made(size))
        return query, self._named(wanted)

    def _made(self, size: int) -> PreparedRows:
        return self._kind(partial(self._say, ExpressionList(*(Given(f"among{number}") for number in range(size)))))

    def _named(self, wanted: Sequence[Any]) -> dict[str, Any]:
        return {f"among{number}": value for number, value in enumerate(wanted)}


class PreparedAmongTuples(PreparedAmong):
    """The same of several columns that are together one of several tuples."""

    MANY = 4  # each is searched for by itself

    def __init__(self, say: Callable[[Q], models.QuerySet[Any, Any]], **columns: models.Field[Any, Any] | None) -> None:
        """:param say: is given the condition. :param columns: in the order of the tuples, with what writes them."""
        super().__init__(say)
        self._columns = columns

    def _made(self, size: int) -> PreparedRows:
        return self._kind(partial(self._say, reduce(or_, map(self._one, range(size)))))

    def _one(self, number: int) -> Q:
        return Q(**{name: Given(f"{name}{number}", kind) for name, kind in self._columns.items()})

    def _named(self, wanted: Sequence[Any]) -> dict[str, Any]:
        return {
            f"{name}{number}": value
            for number, values in enumerate(wanted)
            for name, value in zip(self._columns, values, strict=True)
        }


class PreparedWhole(PreparedRows):
    """A ``SELECT`` of instances with what ``select_related()`` and ``defer()`` say; nothing that is read behind it."""

    def _instance(self, row: Row) -> Any:
        kind, own, names, related = self._kinds
        found = kind.from_db(connection.alias, names, row[own])
        for populator in related:
            populator.populate(row, found)
        return found

    @cached_property
    def _kinds(self) -> tuple[Any, slice, list[str], list[Any]]:
        """The model, its columns with their names, and those who make what is related of the rest."""
        _, _, compiler = self._prepared
        columns = compiler.klass_info["select_fields"]
        own = slice(columns[0], columns[-1] + 1)
        names = [column.target.attname for column, _, _ in compiler.select[own]]
        populators_of: Any = get_related_populators  # typed as a later Django has it
        related = populators_of(compiler.klass_info, compiler.select, connection.alias)
        return self.model, own, names, related


class PreparedChange:
    """An ``UPDATE`` of the rows that are said: how many there were."""

    def __init__(self, say: Say, **changes: Any) -> None:
        self._say, self._changes = say, changes

    def apply(self, **values: Any) -> int:
        with connection.cursor() as cursor:
            self._statement.execute(cursor, values)
            return int(cursor.rowcount)

    def apply_each(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Once for each of them, in one go."""
        if len(rows) == 1:
            self.apply(**rows[0])
        elif rows:
            with connection.cursor() as cursor:
                cursor.executemany(self._statement.sql, [self._statement.filled(row) for row in rows])

    @cached_property
    def _statement(self) -> Statement:
        query: Any = self._say().query.chain(UpdateQuery)
        query.add_update_values(self._changes)
        return Statement(*query.get_compiler(connection=connection).as_sql())


class PreparedInsert:
    """New rows of a model, as ``bulk_create()``, which sends no signals either."""

    def __init__(self, model: Callable[[], type[models.Model]]) -> None:
        self._model = model
        self._sql_of: dict[int, str] = {}  # so many rows

    def insert(self, row: models.Model) -> None:
        self.insert_all([row])

    def insert_all(self, rows: Sequence[models.Model]) -> None:
        """By one statement. Few at a time: it is made for each number of rows."""
        if not rows:
            return
        sql = self._sql_of.get(len(rows)) or self._sql_of.setdefault(len(rows), self._sql(len(rows)))
        with connection.cursor() as cursor:
            cursor.execute(sql, [self._written(field, row) for row in rows for field in self._fields])
            keys = cursor.fetchall()
        for row, (key,) in zip(rows, keys, strict=True):
            row.pk = key
            row._state.adding, row._state.db = False, connection.alias

    @cached_property
    def _fields(self) -> list[Any]:
        return [field for field in self._model()._meta.concrete_fields if not field.primary_key]

    def _written(self, field: Any, row: models.Model) -> Any:
        return field.get_db_prep_save(_value(field, row), connection)

    def _sql(self, count: int) -> str:
        """For the fields of each row, row by row: of plain values Django would make columns where it may (PostgreSQL's
        ``UNNEST``)."""
        model = self._model()
        row = model(**{field.attname: Given(field.attname) for field in self._fields})
        query = InsertQuery(model)
        query.insert_values(self._fields, [row] * count, raw=True)
        compiler = query.get_compiler(connection=connection)
        compiler.returning_fields = [model._meta.pk]
        ((sql, _),) = compiler.as_sql()
        return str(sql)


def instance_of(model: type[M], row: Row) -> M:
    """A model's instance of all its columns, in their order."""
    return model.from_db(connection.alias, [field.attname for field in model._meta.concrete_fields], row)


def columns_of(model: type[models.Model], path: str = "") -> list[str]:
    """As ``values_list()`` wants to hear them; ``path`` leads there from the model that is asked for."""
    return [f"{path}{field.attname}" for field in model._meta.concrete_fields]


def columns_given(model: type[models.Model], *names: str) -> dict[str, Given]:
    """These columns as changes, or every one but the key; each is given by its ``attname``."""
    columns = model._meta.concrete_fields
    written = [field for field in columns if (field.name in names if names else not field.primary_key)]
    return {field.name: Given(field.attname, None if field.is_relation else field) for field in written}


def instances_of(row: Row, *kinds: type[models.Model]) -> list[Any]:
    """Of several models whose columns stand in one row, behind each other."""
    found, start = [], 0
    for kind in kinds:
        end = start + len(kind._meta.concrete_fields)
        found.append(instance_of(kind, row[start:end]))
        start = end
    return found


def _value(field: Any, row: models.Model) -> Any:
    value = field.pre_save(row, add=True)
    if isinstance(value, DatabaseDefault):
        value = field.db_default
        setattr(row, field.attname, value)
    return value
