"""A night written the plain way, with SimPy: a process a station, a pipe network that fills progressively."""

import math

import simpy


class Pipes:
    """Uploads that share capacities; rates come from progressive filling, the textbook way."""

    def __init__(self, env, capacity):
        self.env, self.capacity = env, capacity
        self.flows = {}
        self.last, self.version = 0.0, 0

    def upload(self, name, mbit, most, nodes):
        """Return an event that says how much was left: 0 when complete."""
        self._settle()
        self.flows[name] = [mbit, most, nodes, 0.0, self.env.event()]
        event = self.flows[name][4]
        self._again()
        return event

    def stop(self, node):
        self._settle()
        for name in [n for n, flow in self.flows.items() if node in flow[2]]:
            left, *_, event = self.flows.pop(name)
            event.succeed(left)
        self._again()

    def _settle(self):
        for flow in self.flows.values():
            flow[0] -= flow[3] * (self.env.now - self.last)
        self.last = self.env.now

    def _fill(self):
        rates, growing = dict.fromkeys(self.flows, 0.0), set(self.flows)
        left = dict(enumerate(self.capacity))
        while growing:
            shares = {}
            for node in left:
                through = [n for n in growing if node in self.flows[n][2]]
                if through:
                    shares[node] = left[node] / len(through)
            own = {n: self.flows[n][1] - rates[n] for n in growing}
            step = min([*shares.values(), *own.values()])
            for n in growing:
                rates[n] += step
                for node in self.flows[n][2]:
                    left[node] -= step
            full = {node for node, share in shares.items() if share - step <= 1e-12}
            growing = {n for n in growing if own[n] - step > 1e-12 and not full & set(self.flows[n][2])}
        return rates

    def _again(self):
        for name, rate in self._fill().items():
            self.flows[name][3] = rate
        ends = [flow[0] / flow[3] for flow in self.flows.values() if flow[3] > 0]
        self.version += 1
        if ends:
            self.env.process(self._wake(max(min(ends), 0.0), self.version))

    def _wake(self, seconds, version):
        yield self.env.timeout(seconds)
        if version != self.version:
            return
        self._settle()
        for name in [n for n, flow in self.flows.items() if flow[0] <= 1e-9]:
            self.flows.pop(name)[4].succeed(0.0)
        self._again()


def plain_night(parent, evening):
    """Return when each station's upload arrived, when the server had dealt with it, and from which place."""
    patience, interval, attempts, needed, end, server_rate = evening.rules.tolist()
    env = simpy.Environment()
    net = Pipes(env, evening.capacity_mbps.tolist())
    server = Pipes(env, [server_rate])
    stations = range(evening.ready_s.size)
    arrived, sent, place = ([math.inf for _ in stations], [math.inf for _ in stations], [0 for _ in stations])

    def way(node):
        found = []
        while node >= 0:
            found.append(node)
            node = parent[node]
        return tuple(found)

    def up(nodes, now):
        for _ in nodes:
            for node in nodes:
                if evening.down_from_s[node] - 1e-9 <= now < evening.down_to_s[node] - 1e-9:  # SimPy adds times up
                    now = evening.down_to_s[node]
        return now

    def outage(node):
        yield env.timeout(evening.down_from_s[node])
        net.stop(node)

    def station(s):
        yield env.timeout(evening.ready_s[s] + evening.travel_s[s, 0])
        left, tries, broken = evening.size_mbit[s], 0, evening.broken[s]
        while True:
            r = place[s]
            there = r + 1 < evening.leaf.shape[1] and evening.leaf[s, r + 1] >= 0
            nodes = way(evening.leaf[s, r])
            back = up(nodes, env.now)
            wait = patience
            if evening.own_mbps[s, r] < needed:
                if not there:
                    return
            elif back > env.now + 1e-9 and (back - env.now <= patience or not there):
                if back == math.inf:
                    return
                yield env.timeout(back - env.now)
                continue
            elif back <= env.now + 1e-9:
                left = yield net.upload(s, left, evening.own_mbps[s, r], nodes)
                if left > 0.0:
                    continue
                if broken == 0:
                    break
                broken, tries, left = broken - 1, tries + 1, evening.size_mbit[s]
                wait = interval
                if tries < attempts or not there:
                    yield env.timeout(interval)
                    continue
            place[s], tries, left = r + 1, 0, evening.size_mbit[s]
            yield env.timeout(wait + evening.travel_s[s, r + 1])
        if env.now <= end:
            arrived[s] = env.now
            yield server.upload(s, evening.size_mbit[s], math.inf, (0,))
            sent[s] = env.now

    for node, begin in enumerate(evening.down_from_s.tolist()):
        if begin < math.inf:
            env.process(outage(node))
    for s in stations:
        env.process(station(s))
    env.run()
    return arrived, sent, place
