// The rules of evidence, as the server has them (studies/shortcomings.py): each is printed with every result.

const EARTH_M = 6_371_008.8;

/** Return the distance between two points in metres, on a sphere. */
export function metres(longitude1, latitude1, longitude2, latitude2) {
  const [x1, y1, x2, y2] = [longitude1, latitude1, longitude2, latitude2].map((d) => (d * Math.PI) / 180);
  const s = Math.sin((y2 - y1) / 2) ** 2 + Math.cos(y1) * Math.cos(y2) * Math.sin((x2 - x1) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(s)));
}

/** Return the direction from one point to another, clockwise from true north, in degrees. */
export function bearing(longitude1, latitude1, longitude2, latitude2) {
  const [x1, y1, x2, y2] = [longitude1, latitude1, longitude2, latitude2].map((d) => (d * Math.PI) / 180);
  const east = Math.sin(x2 - x1) * Math.cos(y2);
  const north = Math.cos(y1) * Math.sin(y2) - Math.sin(y1) * Math.cos(y2) * Math.cos(x2 - x1);
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

/** Return the hour of a time in a zone. */
export function hourIn(timezone, time) {
  return Number(new Intl.DateTimeFormat("en-GB", { hour: "2-digit", hourCycle: "h23", timeZone: timezone }).format(time));
}

/**
 * Return every rule with whether it is kept and why not.
 * said: {environment, on_wifi, position, time}, place: {longitude, latitude, accuracy_m}.
 */
export function judge(said, place, pack, sure = true) {
  const rules = pack.evidence;
  const found = [];
  const add = (name, kept, code, fields = {}) => found.push({ name, kept, code, fields });
  add("outdoors", !rules.outdoors || said.environment === "outdoor", "field.rule.outdoors", { where: { code: `field.where.${said.environment ?? "unsaid"}` } });
  add("wifi", !said.on_wifi, "field.rule.wifi");
  const hour = hourIn(pack.timezone, said.time);
  add("hours", hour >= rules.from_hour && hour < rules.to_hour, "field.rule.hours", { from_hour: rules.from_hour, to_hour: rules.to_hour });
  add("clock", sure, "field.rule.clock");
  if (!said.position) {
    add("distance", false, "field.rule.no_position");
  } else if (place.longitude !== null && place.latitude !== null) {
    const away = metres(place.longitude, place.latitude, said.position.longitude, said.position.latitude);
    const limit = rules.max_distance_m + (place.accuracy_m ?? pack.assumed_position_accuracy_m) + (said.position.accuracy_m ?? 0);
    add("distance", away <= limit, "field.rule.distance", { distance_m: Math.round(away), limit_m: Math.round(limit) });
  }
  return found;
}
