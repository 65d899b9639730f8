"""The models on Cimba from Python: server processes that take tickets from stores.

In m3 a process interrupts people in the evening and lets them go on in the morning; who comes at night waits
in a store of its own until then.
"""

import math

import cimba as cb

from benchmarks.models import (
    ARRIVAL_RATE,
    CATEGORIES,
    LOOK_MEAN,
    LOOK_SIGMA,
    MEAN_GAP,
    MEANS,
    MISROUTED,
    MOST_PASSES,
    PEOPLE,
    PRIORITIES,
    REOPENED,
    RESOLVED_AT_FIRST_LEVEL,
    SERVERS,
    SIGMA,
    TEAM_OF_CATEGORY,
    WORKING_SHARE,
)

MEAN_GAP_OF_QUEUE = 1.0 / ARRIVAL_RATE
N_L1, N_A, N_B, N_C = PEOPLE.values()
P0, P1 = (share / 100.0 for share in list(PRIORITIES.values())[:2])
C0, C1, C2 = (share / 100.0 for share in list(CATEGORIES.values())[:3])
R0, R1, R2, R3 = RESOLVED_AT_FIRST_LEVEL.values()
M_L1, M_A, M_B, M_C = (math.log(mean) - SIGMA**2 / 2 for mean in MEANS.values())
M_LOOK = math.log(LOOK_MEAN) - LOOK_SIGMA**2 / 2
assert list(TEAM_OF_CATEGORY.values()) == ["A", "B", "C", "C"]
COLUMNS = 6


class Queue(cb.Model):
    """m1."""

    n: cb.Param[int]
    arrived: cb.Store[float]
    waits: cb.Array[float]
    served: int = 0
    mean_wait: cb.Output[float]

    @cb.process
    def source(self):
        """Let customers arrive."""
        for _ in range(self.n):
            cb.hold(cb.random.exponential(MEAN_GAP_OF_QUEUE))
            self.arrived.put(cb.now())

    @cb.process(copies=SERVERS)
    def server(self):
        """Serve them."""
        while True:
            arrived = self.arrived.get()
            self.waits[self.served] = cb.now() - arrived
            self.served += 1
            cb.hold(cb.random.exponential(1.0))
            if self.served == self.n:
                cb.end_trial()

    @cb.on_end
    def measure(self):
        """Tell the mean."""
        total = 0.0
        for i in range(self.served):
            total += self.waits[i]
        self.mean_wait = total / self.served


class Desk(cb.Model):
    """m2 and m3."""

    n: cb.Param[int]
    office_hours: cb.Param[int]
    scale: cb.Param[float]
    l1: cb.PriorityStore[int]
    a: cb.PriorityStore[int]
    b: cb.PriorityStore[int]
    c: cb.PriorityStore[int]
    night_l1: cb.PriorityStore[int]
    urgency: cb.Array[int]
    category: cb.Array[int]
    looks: cb.Array[int]
    turn: cb.Array[int]
    queued: cb.Array[float]
    rows: cb.Array[float]
    who: cb.Array[int]
    is_busy: cb.Array[int]
    is_open: bool = True
    day: int = 0
    n_at_night: int = 0
    n_rows: int = 0
    n_closed: int = 0
    n_people: int = 0
    mean_wait: cb.Output[float]
    n_visits: cb.Output[float]

    @cb.process
    def source(self):
        """Let tickets arrive."""
        for ticket in range(self.n):
            cb.hold(cb.random.exponential(MEAN_GAP))
            u = cb.random.uniform()
            self.urgency[ticket] = 2 if u < P0 else (1 if u < P0 + P1 else 0)
            u = cb.random.uniform()
            self.category[ticket] = 0 if u < C0 else (1 if u < C0 + C1 else (2 if u < C0 + C1 + C2 else 3))
            self.queued[ticket] = cb.now()
            if self.is_open:
                self.l1.put(ticket, self.urgency[ticket])
            else:
                self.night_l1.put(ticket, self.urgency[ticket])
                self.n_at_night += 1

    @cb.process
    def hours(self):
        """Let in who came at night and resume work in the morning; interrupt it in the evening."""
        self.is_open = self.office_hours == 0
        while self.office_hours == 1:
            cb.hold(480.0)
            self.is_open = True
            for _ in range(self.n_at_night):
                ticket = self.night_l1.get()
                self.l1.put(ticket, self.urgency[ticket])
            self.n_at_night = 0
            for person in range(self.n_people):
                if self.is_busy[person] == 1:
                    cb.Process(self.who[person]).resume()
            cb.hold(600.0)
            self.is_open = False
            for person in range(self.n_people):
                if self.is_busy[person] == 1:
                    cb.Process(self.who[person]).interrupt()
            self.day += 1
            cb.hold(360.0 if self.day % 5 != 0 else 360.0 + 2880.0)

    @cb.function
    def effort(self, mean: float, ticket: int) -> float:
        """Draw the minutes of work on a ticket."""
        if self.looks[ticket] == 1:
            return self.scale * cb.random.lognormal(M_LOOK, LOOK_SIGMA)
        return self.scale * cb.random.lognormal(mean, SIGMA)

    @cb.function
    def begin(self, process: int) -> int:
        """Number a person, and know their process."""
        self.who[self.n_people] = process
        self.n_people += 1
        return self.n_people - 1

    @cb.function
    def work(self, person: int, mean: float, ticket: int) -> None:
        """Work on a ticket until it is done."""
        left = self.effort(mean, ticket)
        self.is_busy[person] = 1
        began = cb.now()
        while cb.hold(left) != 0:
            left -= cb.now() - began
            cb.suspend()
            began = cb.now()
        self.is_busy[person] = 0

    @cb.function
    def record(self, ticket: int, team: int, started: float) -> None:
        """Write a row of the log."""
        at = self.n_rows * COLUMNS
        self.rows[at] = float(ticket)
        self.rows[at + 1] = float(team)
        self.rows[at + 2] = float(self.turn[ticket])
        self.rows[at + 3] = self.queued[ticket]
        self.rows[at + 4] = started
        self.rows[at + 5] = cb.now()
        self.n_rows += 1

    @cb.function
    def join(self, ticket: int, team: int) -> None:
        """Let a ticket come to a team in office hours."""
        self.queued[ticket] = cb.now()
        if team == 0:
            self.l1.put(ticket, self.urgency[ticket])
        elif team == 1:
            self.a.put(ticket, self.urgency[ticket])
        elif team == 2:
            self.b.put(ticket, self.urgency[ticket])
        else:
            self.c.put(ticket, self.urgency[ticket])

    @cb.function
    def go_on(self, ticket: int, team: int) -> None:
        """Send a ticket on from a team."""
        category = self.category[ticket]
        right = 1 if category == 0 else (2 if category == 1 else 3)
        if team == 0:
            resolved = R0 if category == 0 else (R1 if category == 1 else (R2 if category == 2 else R3))
            if cb.random.uniform() >= resolved:
                if cb.random.uniform() < MISROUTED:
                    self.looks[ticket] = 1
                    other = 1 if cb.random.uniform() < 0.5 else 2
                    self.join(ticket, other if other < right else other + 1)
                else:
                    self.join(ticket, right)
                return
        elif self.looks[ticket] == 1:
            self.looks[ticket] = 0
            self.join(ticket, right)
            return
        self.turn[ticket] += 1
        if self.turn[ticket] < MOST_PASSES and cb.random.uniform() < REOPENED:
            self.join(ticket, 0)
            return
        self.n_closed += 1
        if self.n_closed == self.n:
            cb.end_trial()

    @cb.process(copies=N_L1)
    def people_of_l1(self):
        """Work at the first level."""
        person = self.begin(cb.this_process().pointer)
        while True:
            ticket = self.l1.get()
            started = cb.now()
            self.work(person, M_L1, ticket)
            self.record(ticket, 0, started)
            self.go_on(ticket, 0)

    @cb.process(copies=N_A)
    def people_of_a(self):
        """Work in team A."""
        person = self.begin(cb.this_process().pointer)
        while True:
            ticket = self.a.get()
            started = cb.now()
            self.work(person, M_A, ticket)
            self.record(ticket, 1, started)
            self.go_on(ticket, 1)

    @cb.process(copies=N_B)
    def people_of_b(self):
        """Work in team B."""
        person = self.begin(cb.this_process().pointer)
        while True:
            ticket = self.b.get()
            started = cb.now()
            self.work(person, M_B, ticket)
            self.record(ticket, 2, started)
            self.go_on(ticket, 2)

    @cb.process(copies=N_C)
    def people_of_c(self):
        """Work in team C."""
        person = self.begin(cb.this_process().pointer)
        while True:
            ticket = self.c.get()
            started = cb.now()
            self.work(person, M_C, ticket)
            self.record(ticket, 3, started)
            self.go_on(ticket, 3)

    @cb.on_end
    def measure(self):
        """Tell the mean wait."""
        total = 0.0
        for i in range(self.n_rows):
            total += self.rows[i * COLUMNS + 4] - self.rows[i * COLUMNS + 3]
        self.mean_wait = total / self.n_rows
        self.n_visits = float(self.n_rows)


def queue(n, seed):
    """m1: number of customers served and their mean wait."""
    model = Queue()
    model.n, model.waits = n, cb.Array(n)
    return n, float(_run(model, 10.0 * n, seed).mean_wait.values[0, 0])


def desk(n, seed, office_hours=False):
    """m2 or m3: number of visits and mean wait of a visit."""
    model = Desk()
    model.n, model.office_hours = n, int(office_hours)
    model.scale = WORKING_SHARE if office_hours else 1.0
    model.urgency, model.category, model.looks, model.turn = (cb.Array(n) for _ in range(4))
    model.who, model.is_busy = (cb.Array(sum(PEOPLE.values())) for _ in range(2))
    model.queued, model.rows = cb.Array(n), cb.Array(COLUMNS * (4 * n + 1000))
    results = _run(model, 100.0 * MEAN_GAP * n, seed)
    return int(results.n_visits.values[0, 0]), float(results.mean_wait.values[0, 0])


def _run(model, duration, seed):
    window = cb.Window(warmup=0.0, duration=duration)
    return cb.Experiment(model, replications=1, window=window, seed=seed).run()[model]
