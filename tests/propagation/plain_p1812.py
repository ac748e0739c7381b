"""ITU-R P.1812 once more, in plain Python and section by section, to hold the compiled kernels against.

It shares nothing with the package: lists and `math` only, the symbols of the Recommendation as keys of one dict.
Distances in km, heights in m, angles in mrad, frequency in GHz, losses in dB; zones 1 sea, 3 coastal, 4 inland.
"""

from itertools import groupby, pairwise
from math import acos, atan, cos, exp, log, log10, pi, sqrt, tanh

LAMBDA_GHZ = 0.2998  # speed of light [m GHz] as the published results take it


def attachment_2(x):
    """I(x): what a standard normal exceeds with probability x."""
    if x > 0.5:
        return -attachment_2(1.0 - x)
    t = sqrt(-2.0 * log(max(x, 0.000001)))
    numerator = (0.010328 * t + 0.802853) * t + 2.515516698
    denominator = ((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0
    return t - numerator / denominator


def stretches(d, zone, wanted):
    """Lengths of the runs of points whose zone is wanted; a run reaches half-way to its neighbours."""
    borders = [d[0], *[(a + b) / 2.0 for a, b in pairwise(d)], d[-1]]
    lengths, start = [0.0], 0
    for inside, run in groupby(zone, key=lambda z: z in wanted):
        stop = start + len(list(run))
        if inside:
            lengths.append(borders[stop] - borders[start])
        start = stop
    return lengths


def section_3_4(r, d, zone, latitude):
    r["w"] = sum(stretches(d, zone, {1})) / (d[-1] - d[0])
    r["dtm"] = max(stretches(d, zone, {3, 4}))
    r["dlm"] = max(stretches(d, zone, {4}))
    r["tau"] = 1.0 - exp(-(0.000412 * r["dlm"] ** 2.41))
    mu1 = (10 ** (-r["dtm"] / (16 - 6.6 * r["tau"])) + (10 ** -(0.496 + 0.354 * r["tau"])) ** 5) ** 0.2
    mu1 = min(1.0, mu1)
    phi = abs(latitude)
    if phi > 70:
        r["b0"] = 4.17 * mu1 * mu1**0.3
    else:
        r["b0"] = 10 ** (1.67 - 0.015 * phi) * mu1 * mu1 ** (-0.935 + 0.0176 * phi)


def section_3_5(r, gradient):
    r["ae"] = 6371.0 * 157.0 / (157.0 - gradient)
    r["ab"] = 6371.0 * 3.0


def attachment_1_horizons(r, d, h, f):
    """Sections 5.1 to 5.5."""
    total, ae = d[-1], r["ae"]
    inner = range(1, len(d) - 1)

    def angle(height, seen_from, away):
        return 1000.0 * atan((height - seen_from) / (1000.0 * away) - away / (2.0 * ae))

    from_tx = [angle(h[i], r["hts"], d[i]) for i in inner]
    from_rx = [angle(h[i], r["hrs"], total - d[i]) for i in inner]
    to_rx = angle(r["hrs"], r["hts"], total)
    r["los"] = max(from_tx) <= to_rx
    if r["los"]:
        r["th_t"], r["th_r"] = to_rx, angle(r["hts"], r["hrs"], total)
        nu = [
            (h[i] + 500.0 * d[i] * (total - d[i]) / ae - (r["hts"] * (total - d[i]) + r["hrs"] * d[i]) / total)
            * sqrt(0.002 * total / (LAMBDA_GHZ / f * d[i] * (total - d[i])))
            for i in inner
        ]
        at = max(inner, key=lambda i: (nu[i - 1], i))
        r["ilt"], r["ilr"] = at, at
    else:
        r["th_t"], r["th_r"] = max(from_tx), max(from_rx)
        r["ilt"] = 1 + from_tx.index(r["th_t"])
        r["ilr"] = len(d) - 2 - from_rx[::-1].index(r["th_r"])
    r["dlt"], r["dlr"] = d[r["ilt"]], total - d[r["ilr"]]
    r["th"] = 1000.0 * total / ae + r["th_t"] + r["th_r"]


def attachment_1_smooth(r, d, h):
    """Section 5.6: the smooth surface for diffraction and for ducting."""
    total = d[-1]
    steps = list(pairwise(zip(d, h, strict=True)))
    v1 = sum((d1 - d0) * (h1 + h0) for (d0, h0), (d1, h1) in steps)
    v2 = sum((d1 - d0) * (h1 * (2 * d1 + d0) + h0 * (d1 + 2 * d0)) for (d0, h0), (d1, h1) in steps)
    r["hst"], r["hsr"] = (2 * v1 * total - v2) / total**2, (v2 - v1 * total) / total**2
    over = [(x, y - (r["hts"] * (total - x) + r["hrs"] * x) / total) for x, y in zip(d, h, strict=True)][1:-1]
    hobs = max(y for _, y in over)
    hstp, hsrp = r["hst"], r["hsr"]
    if hobs > 0:
        obt, obr = max(y / x for x, y in over), max(y / (total - x) for x, y in over)
        hstp, hsrp = hstp - hobs * obt / (obt + obr), hsrp - hobs * obr / (obt + obr)
    r["hstd"], r["hsrd"] = min(hstp, h[0]), min(hsrp, h[-1])
    r["hst_limited"], r["hsr_limited"] = min(r["hst"], h[0]), min(r["hsr"], h[-1])
    r["hte"], r["hre"] = r["hts"] - r["hst_limited"], r["hrs"] - r["hsr_limited"]
    m = (r["hsr_limited"] - r["hst_limited"]) / total
    r["hm"] = max(h[i] - (r["hst_limited"] + m * d[i]) for i in range(r["ilt"], r["ilr"] + 1))


def section_4_3_1(d, g, hts, hrs, ap, f):
    """Bullington loss over heights g."""
    total, wave = d[-1], LAMBDA_GHZ / f
    points = [(x, y + 500.0 / ap * x * (total - x)) for x, y in zip(d, g, strict=True)][1:-1]
    stim = max((y - hts) / x for x, y in points)
    if stim < (hrs - hts) / total:
        nu = max(
            (y - (hts * (total - x) + hrs * x) / total) * sqrt(0.002 * total / (wave * x * (total - x)))
            for x, y in points
        )
    else:
        srim = max((y - hrs) / (total - x) for x, y in points)
        x = (hrs - hts + srim * total) / (stim + srim)
        nu = (hts + stim * x - (hts * (total - x) + hrs * x) / total) * sqrt(0.002 * total / (wave * x * (total - x)))
    luc = 6.9 + 20 * log10(sqrt((nu - 0.1) ** 2 + 1) + nu - 0.1) if nu > -0.78 else 0.0
    return luc + (1 - exp(-luc / 6.0)) * (10 + 0.02 * total)


def section_4_3_3(total, hte, hre, adft, f, w, vertical):
    """First term of the residue series, land and sea weighted."""
    parts = []
    for share, epsilon, sigma in ((1 - w, 22.0, 0.003), (w, 80.0, 5.0)):
        if share == 0:
            continue
        k = 0.036 / (adft * f) ** (1 / 3) / ((epsilon - 1) ** 2 + (18 * sigma / f) ** 2) ** 0.25
        if vertical:
            k *= (epsilon**2 + (18 * sigma / f) ** 2) ** 0.5
        beta = (1 + 1.6 * k**2 + 0.67 * k**4) / (1 + 4.5 * k**2 + 1.53 * k**4)
        x = 21.88 * beta * (f / adft**2) ** (1 / 3) * total
        fx = 11 + 10 * log10(x) - 17.6 * x if x >= 1.6 else -20 * log10(x) - 5.6488 * x**1.425
        gains = []
        for height in (hte, hre):
            b = beta * 0.9575 * beta * (f**2 / adft) ** (1 / 3) * height
            gain = 17.6 * sqrt(b - 1.1) - 5 * log10(b - 1.1) - 8 if b > 2 else 20 * log10(b + 0.1 * b**3)
            gains.append(max(gain, 2 + 20 * log10(k)))
        parts.append(share * (-fx - sum(gains)))
    return sum(parts)


def section_4_3_2(total, hte, hre, ap, f, w, vertical):
    """Spherical-earth diffraction."""
    if total >= sqrt(2 * ap) * (sqrt(0.001 * hte) + sqrt(0.001 * hre)):
        return section_4_3_3(total, hte, hre, ap, f, w, vertical)
    c = (hte - hre) / (hte + hre)
    m = 250.0 * total**2 / (ap * (hte + hre))
    argument = 3 * c / 2 * sqrt(3 * m / (m + 1) ** 3)
    b = 2 * sqrt((m + 1) / (3 * m)) * cos(pi / 3 + acos(max(-1.0, min(1.0, argument))) / 3)
    d1 = total / 2 * (1 + b)
    d2 = total - d1
    hse = ((hte - 500 * d1**2 / ap) * d2 + (hre - 500 * d2**2 / ap) * d1) / total
    hreq = 17.456 * sqrt(d1 * d2 * LAMBDA_GHZ / f / total)
    if hse > hreq:
        return 0.0
    aem = 500.0 * (total / (sqrt(hte) + sqrt(hre))) ** 2
    ldft = section_4_3_3(total, hte, hre, aem, f, w, vertical)
    return 0.0 if ldft < 0 else (1 - hse / hreq) * ldft


def section_4_3_4(r, d, g, ap, f, vertical):
    """Delta-Bullington: the loss, and the three losses that it is made of."""
    hte, hre = r["hts"] - r["hstd"], r["hrs"] - r["hsrd"]
    lbulla = section_4_3_1(d, g, r["hts"], r["hrs"], ap, f)
    lbulls = section_4_3_1(d, [0.0] * len(d), hte, hre, ap, f)
    ldsph = section_4_3_2(d[-1], hte, hre, ap, f, r["w"], vertical)
    return lbulla + max(ldsph - lbulls, 0.0), lbulla, lbulls, ldsph


def section_4_2_and_4_3(r, d, h, clutter, f, p, vertical):
    total = d[-1]
    g = [h[0], *[a + b for a, b in zip(h[1:-1], clutter[1:-1], strict=True)], h[-1]]
    r["Lbfs"] = 92.4 + 20 * log10(f) + 20 * log10(sqrt(total**2 + ((r["hts"] - r["hrs"]) / 1000) ** 2))
    multipath = 2.6 * (1 - exp(-0.1 * (r["dlt"] + r["dlr"])))
    r["Lb0p"] = r["Lbfs"] + multipath * log10(p / 50)
    r["Lb0b"] = r["Lbfs"] + multipath * log10(r["b0"] / 50)
    r["Ld50"] = section_4_3_4(r, d, g, r["ae"], f, vertical)[0]
    r["Ldb"], r["Lbulla"], r["Lbulls"], r["Ldsph"] = section_4_3_4(r, d, g, r["ab"], f, vertical)
    r["Fi"] = attachment_2(p / 100) / attachment_2(r["b0"] / 100) if p > r["b0"] else 1.0
    r["Ldp"] = r["Ld50"] if p == 50 else r["Ld50"] + (r["Ldb"] - r["Ld50"]) * r["Fi"]
    r["Lbd50"], r["Lbd"] = r["Lbfs"] + r["Ld50"], r["Lb0p"] + r["Ldp"]


def section_4_4(r, total, f, p, n0):
    lf = 25 * log10(f) - 2.5 * log10(f / 2) ** 2
    r["Lbs"] = 190.1 + lf + 20 * log10(total) + 0.573 * r["th"] - 0.15 * n0 - 10.125 * log10(50 / p) ** 0.7


def section_4_5(r, total, f, p, coast):
    af = 102.45 + 20 * log10(f) + 20 * log10(r["dlt"] + r["dlr"])
    af += 45.375 - 137 * f + 92.5 * f**2 if f < 0.5 else 0
    angles = 1000 * total / r["ae"]
    ends = (("th_t", "dlt", "hts", coast[0]), ("th_r", "dlr", "hrs", coast[1]))
    for angle, away, height, to_coast in ends:
        excess = r[angle] - 0.1 * r[away]
        if excess > 0:
            af += 20 * log10(1 + 0.361 * excess * (f * r[away]) ** 0.5) + 0.264 * excess * f ** (1 / 3)
        if r["w"] >= 0.75 and to_coast <= r[away] and to_coast <= 5:
            af += -3 * exp(-0.25 * to_coast**2) * (1 + tanh(0.07 * (50 - r[height])))
        angles += 0.1 * r[away] if excess > 0 else r[angle]
    alpha = max(-3.4, -0.6 - 3.5e-9 * total**3.1 * r["tau"])
    mu2 = min(1.0, (500 / r["ae"] * total**2 / (sqrt(r["hte"]) + sqrt(r["hre"])) ** 2) ** alpha)
    dl = min(40.0, total - r["dlt"] - r["dlr"])
    mu3 = exp(-4.6e-5 * (r["hm"] - 10) * (43 + 6 * dl)) if r["hm"] > 10 else 1.0
    beta = r["b0"] * mu2 * mu3
    bel = log10(beta)
    gamma = 1.076 / (2.0058 - bel) ** 1.012 * exp(-(9.51 - 4.8 * bel + 0.198 * bel**2) * 1e-6 * total**1.13)
    ap = -12 + (1.2 + 3.7e-3 * total) * log10(p / beta) + 12 * (p / beta) ** gamma
    r["Lba"] = af + 5e-5 * r["ae"] * f ** (1 / 3) * angles + ap


def section_4_6(r, total, p):
    r["Fj"] = 1 - 0.5 * (1 + tanh(3 * 0.8 * (r["th"] - 0.3) / 0.3))
    r["Fk"] = 1 - 0.5 * (1 + tanh(3 * 0.5 * (total - 20) / 20))
    land = (1 - r["w"]) * r["Ldp"]
    if p < r["b0"]:
        r["Lminb0p"] = r["Lb0p"] + land
    else:
        r["Lminb0p"] = r["Lbd50"] + (r["Lb0b"] + land - r["Lbd50"]) * r["Fi"]
    # 2.5 ln(e^(a/2.5) + e^(b/2.5)), which would overflow above 1774 dB
    a, b = sorted((r["Lba"], r["Lb0p"]))
    r["Lminbap"] = b + 2.5 * log(1 + exp((a - b) / 2.5))
    r["Lbda"] = r["Lbd"] if r["Lminbap"] > r["Lbd"] else r["Lminbap"] + (r["Lbd"] - r["Lminbap"]) * r["Fk"]
    r["Lbam"] = r["Lbda"] + (r["Lminb0p"] - r["Lbda"]) * r["Fj"]
    # -5 log(10^(-0.2 a) + 10^(-0.2 b)), which would vanish above 1600 dB
    a, b = sorted((r["Lbs"], r["Lbam"]))
    r["Lbc"] = a - 5 * log10(1 + 10 ** (0.2 * (a - b)))


def section_4_7_and_4_9(r, f, location, sigma, at_sea, hrg, clutter):
    if hrg < clutter:
        u = 1.0
    elif hrg < clutter + 10:
        u = 1 - (hrg - clutter) / 10
    else:
        u = 0.0
    r["sigmaL"] = u * (0.024 * f + 0.52) * 100.0**0.28 if sigma is None else sigma
    r["Lloc"] = 0.0 if at_sea else -attachment_2(location / 100) * r["sigmaL"]
    r["Lb"] = max(r["Lb0p"], r["Lbc"] + r["Lloc"])


def p1812(
    d, h, clutter, zone, *, f, htg, hrg, vertical, p, location, sigma, latitude, coast=(500.0, 500.0), gradient, n0
):
    """Return every value of the Recommendation for one path, by its symbol."""
    r = {"hts": h[0] + htg, "hrs": h[-1] + hrg}
    section_3_4(r, d, zone, latitude)
    section_3_5(r, gradient)
    attachment_1_horizons(r, d, h, f)
    attachment_1_smooth(r, d, h)
    section_4_2_and_4_3(r, d, h, clutter, f, p, vertical)
    section_4_4(r, d[-1], f, p, n0)
    section_4_5(r, d[-1], f, p, [0.0 if z == 1 else c for z, c in zip((zone[0], zone[-1]), coast, strict=True)])
    section_4_6(r, d[-1], p)
    section_4_7_and_4_9(r, f, location, sigma, zone[-1] == 1, hrg, clutter[-1])
    return r
