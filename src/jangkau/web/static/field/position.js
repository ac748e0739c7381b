// Where the phone is, and which way it looks.

const state = { here: null, heading: null, problem: null, listeners: new Set(), watching: null };

/** Return the last position: {longitude, latitude, accuracy_m, at}; null without one. */
export function here() {
  return state.here;
}

/** Return where the top of the phone points, clockwise from true north; null where it has no compass. */
export function heading() {
  return state.heading;
}

export function problem() {
  return state.problem;
}

/** Call somebody at each change; returns how to stop. */
export function follow(call) {
  state.listeners.add(call);
  begin();
  return () => state.listeners.delete(call);
}

function begin() {
  if (state.watching !== null || !navigator.geolocation) {
    if (!navigator.geolocation) state.problem = "field.gps.none";
    return;
  }
  state.watching = navigator.geolocation.watchPosition(found, lost, { enableHighAccuracy: true, maximumAge: 0, timeout: 60_000 });
  addEventListener("deviceorientationabsolute", (event) => {
    if (event.alpha === null) return;
    state.heading = (360 - event.alpha + (screen.orientation?.angle ?? 0)) % 360;
    tell();
  });
}

function found({ coords, timestamp }) {
  state.here = {
    longitude: Math.round(coords.longitude * 1e6) / 1e6, latitude: Math.round(coords.latitude * 1e6) / 1e6,
    accuracy_m: Math.round(coords.accuracy), at: timestamp,
  };
  state.problem = null;
  tell();
}

function lost(error) {
  state.problem = error.code === error.PERMISSION_DENIED ? "field.gps.denied" : "field.gps.searching";
  tell();
}

function tell() {
  for (const call of state.listeners) call();
}
