"""Linear and integer models as sparse arrays, solved by HiGHS; what it answers is never trusted, only used."""

import math
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from highspy._core import _Highs  # the class above it prints a banner when it is made
from numpy.typing import NDArray

from jangkau.planning.effort import Timer

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

INFINITE = highspy.kHighsInf


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver says.

    Attributes
    ----------
    values : float64, shape (columns,) or None
        The best point found.
    value : float
        Its objective; minus or plus infinity without a point.
    bound : float
        Proven bound of the objective, as the solver claims.
    finished : bool
        Whether the solver says that nothing better exists.
    impossible : bool
        Whether the solver says that no point exists.
    duals, reduced : float64
        Of rows and columns, for a continuous model.
    """

    values: Floats | None
    value: float
    bound: float
    finished: bool
    impossible: bool
    duals: Floats
    reduced: Floats


class Model:
    """A model under construction: columns and rows are added in blocks, one block a constraint family."""

    def __init__(self, *, maximise: bool) -> None:
        self.maximise = maximise
        self.columns = 0
        self.rows = 0
        self._columns: list[tuple[Floats, Floats, Floats, NDArray[np.bool_]]] = []
        self._rows: list[tuple[Floats, Floats]] = []
        self._entries: list[tuple[Ints, Ints, Floats]] = []

    def add_columns(
        self, cost: Any, lower: Any = 0.0, upper: Any = 1.0, *, integer: bool = False, count: int | None = None
    ) -> Ints:
        """Add variables and return their column numbers, shape (count,)."""
        n = int(np.size(cost)) if count is None else count
        block = tuple(np.broadcast_to(np.asarray(a, dtype=float), (n,)) for a in (cost, lower, upper))
        self._columns.append((block[0], block[1], block[2], np.full(n, integer)))
        self.columns += n
        return np.arange(self.columns - n, self.columns)

    def add_rows(self, count: int, lower: Any, upper: Any, *terms: tuple[Any, Any, Any]) -> Ints:
        """Add constraints lower <= sum of terms <= upper and return their row numbers.

        Parameters
        ----------
        count : int
            Of rows.
        lower, upper : float or array, shape (count,)
        *terms : (rows, columns, values)
            Entries: row within this block (0..count-1), column, coefficient; each broadcast against the others.
        """
        for row, column, value in terms:
            r, c, v = np.broadcast_arrays(np.asarray(row), np.asarray(column), np.asarray(value, dtype=float))
            self._entries.append((r.ravel().astype(np.int64) + self.rows, c.ravel().astype(np.int64), v.ravel()))
        bounds = [np.broadcast_to(np.asarray(a, dtype=float), (count,)) for a in (lower, upper)]
        self._rows.append((bounds[0], bounds[1]))
        self.rows += count
        return np.arange(self.rows - count, self.rows)

    def as_lp(self) -> highspy.HighsLp:
        """Return the model in the solver's form, its entries row by row."""
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.columns, self.rows
        cost, lower, upper, integer = (np.concatenate(part) for part in zip(*self._columns, strict=True))
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lower, upper
        lp.sense_ = highspy.ObjSense.kMaximize if self.maximise else highspy.ObjSense.kMinimize
        lp.integrality_ = [highspy.HighsVarType.kInteger if i else highspy.HighsVarType.kContinuous for i in integer]
        if self._rows:
            lp.row_lower_, lp.row_upper_ = (np.concatenate(part) for part in zip(*self._rows, strict=True))
        if self._entries:
            rows, columns, values = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        else:
            rows, columns, values = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        order = np.lexsort((columns, rows))
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.searchsorted(rows[order], np.arange(self.rows + 1)).astype(np.int32)
        lp.a_matrix_.index_ = columns[order].astype(np.int32)
        lp.a_matrix_.value_ = values[order]
        return lp


class Solver:
    """One model inside HiGHS, to which rows and bounds can be added between solves (warm starts)."""

    def __init__(self, model: Model, *, seed: int = 1, threads: int = 1) -> None:
        self.highs = _Highs()
        self.maximise = model.maximise
        self.columns = model.columns
        self.cost = np.concatenate([block[0] for block in model._columns])
        self.set(output_flag=False, random_seed=seed, threads=threads)
        self.highs.passModel(model.as_lp())

    def set(self, **options: bool | float | str) -> None:
        """Set the solver's options by their own names."""
        for name, value in options.items():
            self.highs.setOptionValue(name, value)

    def add_cuts(self, lower: Floats, upper: Floats, starts: Ints, columns: Ints, values: Floats) -> None:
        """Add rows: entries of row r are starts[r]..starts[r+1] of `columns` and `values`."""
        self.highs.addRows(
            lower.size, lower, upper, columns.size, starts[:-1].astype(np.int32), columns.astype(np.int32), values
        )

    def bound_columns(self, columns: Ints, lower: Any, upper: Any) -> None:
        """Change the bounds of columns."""
        n = columns.size
        low, high = (np.ascontiguousarray(np.broadcast_to(np.asarray(a, dtype=float), (n,))) for a in (lower, upper))
        self.highs.changeColsBounds(n, columns.astype(np.int32), low, high)

    def integers(self, columns: Ints) -> None:
        """Make columns integer."""
        kinds = np.full(columns.size, int(highspy.HighsVarType.kInteger), np.uint8)
        self.highs.changeColsIntegrality(columns.size, columns.astype(np.int32), kinds)

    def continuous(self, columns: Ints) -> None:
        """Let columns take any value between their bounds."""
        kinds = np.full(columns.size, int(highspy.HighsVarType.kContinuous), np.uint8)
        self.highs.changeColsIntegrality(columns.size, columns.astype(np.int32), kinds)

    def start_from(self, values: Floats) -> None:
        """Give a first point."""
        point = highspy.HighsSolution()
        point.col_value = values.tolist()
        self.highs.setSolution(point)

    def solve(self, timer: Timer | None = None, nodes: int | None = None, gap: float = 1e-7) -> Answer:
        """Solve within the time left and a number of nodes, and return what was found.

        Notes
        -----
        HiGHS 1.16 can lose the objective of columns that its presolve fixed when a first point is given. So the
        objective is computed again from the point, and where it differs the model is solved without a first point.
        """
        left = math.inf if timer is None else max(timer.left(), 0.05)
        self.highs.setOptionValue("time_limit", min(left, INFINITE))
        self.highs.setOptionValue("mip_rel_gap", gap)
        self.highs.setOptionValue("mip_max_nodes", 2**31 - 1 if nodes is None else nodes)
        self.highs.run()
        answer = self._answer()
        if answer.values is not None and abs(self.cost @ answer.values - answer.value) > 1e-5 * (
            1.0 + abs(answer.value)
        ):
            self.highs.clearSolver()
            self.highs.run()
            answer = self._answer()
        return answer

    def _answer(self) -> Answer:
        status, info, solution = self.highs.getModelStatus(), self.highs.getInfo(), self.highs.getSolution()
        worst = -math.inf if self.maximise else math.inf
        found = info.primal_solution_status == 2
        finished = status == highspy.HighsModelStatus.kOptimal
        is_mip = info.mip_node_count >= 0
        value = info.objective_function_value if found else worst
        bound = info.mip_dual_bound if is_mip else (value if finished else -worst)
        return Answer(
            values=np.asarray(solution.col_value) if found else None,
            value=value,
            bound=bound,
            finished=finished,
            impossible=status == highspy.HighsModelStatus.kInfeasible,
            duals=np.asarray(solution.row_dual),
            reduced=np.asarray(solution.col_dual),
        )
