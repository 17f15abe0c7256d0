/**
 * The static side of the join: forty airports, where they are, and when each must make de-icers ready, delay its
 * departures or cancel them. Codes and places are real; the limits are plausible ones, not the airports' own.
 */
export interface Airport {
  /** IATA code. */
  readonly code: string;
  readonly name: string;
  readonly lat: number;
  readonly lon: number;
  /** De-icers are made ready at this temperature (°C) and below, when the air is wet. */
  readonly deicing: number;
  /** Departures are delayed at these gusts (knots) and above ... */
  readonly delayGusts: number;
  /** ... and cancelled at these. */
  readonly cancelGusts: number;
  /** Departures are delayed at this visibility (metres) and below ... */
  readonly delayVisibility: number;
  /** ... and cancelled at this. */
  readonly cancelVisibility: number;
}

type Row = readonly [
  code: string,
  name: string,
  lat: number,
  lon: number,
  deicing: number,
  delayGusts: number,
  cancelGusts: number,
  delayVisibility: number,
  cancelVisibility: number,
];

// An airport built for fog (landing aids of the best category) copes with less visibility, one on a stormy coast with
// more wind, and one that rarely sees ice is careful earlier.
const rows: readonly Row[] = [
  ["AMS", "Amsterdam", 52.3086, 4.7639, 3, 38, 55, 350, 120],
  ["ARN", "Stockholm", 59.6519, 17.9186, 3, 36, 52, 350, 120],
  ["ATL", "Atlanta", 33.6367, -84.4281, 4, 35, 50, 400, 150],
  ["BCN", "Barcelona", 41.2971, 2.0785, 4, 35, 50, 550, 200],
  ["BKK", "Bangkok", 13.6811, 100.7472, 3, 35, 50, 800, 300],
  ["CDG", "Paris", 49.0128, 2.55, 3, 36, 52, 350, 120],
  ["CPH", "Copenhagen", 55.6179, 12.656, 3, 38, 55, 350, 120],
  ["DEL", "Delhi", 28.5665, 77.1031, 3, 35, 50, 350, 120],
  ["DEN", "Denver", 39.8617, -104.6731, 2, 38, 55, 400, 150],
  ["DFW", "Dallas", 32.8968, -97.038, 4, 36, 52, 400, 150],
  ["DOH", "Doha", 25.2731, 51.6081, 3, 35, 50, 550, 200],
  ["DUB", "Dublin", 53.4213, -6.2701, 3, 40, 57, 400, 150],
  ["DXB", "Dubai", 25.2528, 55.3644, 3, 35, 50, 550, 200],
  ["EWR", "Newark", 40.6925, -74.1687, 3, 35, 50, 400, 150],
  ["FCO", "Rome", 41.8003, 12.2389, 4, 35, 50, 550, 200],
  ["FRA", "Frankfurt", 50.0333, 8.5706, 3, 36, 52, 350, 120],
  ["GRU", "Sao Paulo", -23.4356, -46.4731, 3, 35, 50, 550, 200],
  ["HEL", "Helsinki", 60.3172, 24.9633, 2, 36, 52, 350, 120],
  ["HKG", "Hong Kong", 22.308, 113.9185, 3, 40, 57, 550, 200],
  ["HND", "Tokyo", 35.5523, 139.7797, 3, 38, 55, 400, 150],
  ["IAD", "Washington", 38.9445, -77.4558, 3, 35, 50, 400, 150],
  ["ICN", "Seoul", 37.4691, 126.4505, 3, 36, 52, 350, 120],
  ["IST", "Istanbul", 41.2753, 28.7519, 3, 38, 55, 400, 150],
  ["JFK", "New York", 40.6398, -73.7789, 3, 36, 52, 400, 150],
  ["JNB", "Johannesburg", -26.1392, 28.246, 3, 35, 50, 550, 200],
  ["KEF", "Reykjavik", 63.985, -22.6056, 3, 45, 62, 550, 200],
  ["LAX", "Los Angeles", 33.9425, -118.4081, 3, 35, 50, 550, 200],
  ["LHR", "London", 51.4706, -0.4619, 3, 38, 55, 350, 120],
  ["LIS", "Lisbon", 38.7813, -9.1359, 3, 36, 52, 550, 200],
  ["MAD", "Madrid", 40.4719, -3.5626, 3, 35, 50, 550, 200],
  ["MUC", "Munich", 48.3538, 11.7861, 3, 35, 50, 350, 120],
  ["ORD", "Chicago", 41.9786, -87.9048, 3, 38, 55, 400, 150],
  ["OSL", "Oslo", 60.1939, 11.1004, 2, 36, 52, 350, 120],
  ["PEK", "Beijing", 40.0801, 116.5846, 3, 36, 52, 400, 150],
  ["SEA", "Seattle", 47.449, -122.3093, 3, 36, 52, 400, 150],
  ["SFO", "San Francisco", 37.619, -122.3749, 3, 36, 52, 550, 200],
  ["SIN", "Singapore", 1.3502, 103.9944, 3, 35, 50, 550, 200],
  ["SYD", "Sydney", -33.9461, 151.1772, 3, 36, 52, 550, 200],
  ["YYZ", "Toronto", 43.6772, -79.6306, 2, 36, 52, 350, 120],
  ["ZRH", "Zurich", 47.4647, 8.5492, 3, 35, 50, 350, 120],
];

export const airports: readonly Airport[] = rows.map(
  ([code, name, lat, lon, deicing, delayGusts, cancelGusts, delayVisibility, cancelVisibility]) => ({
    code,
    name,
    lat,
    lon,
    deicing,
    delayGusts,
    cancelGusts,
    delayVisibility,
    cancelVisibility,
  }),
);
