/** Invented spending, seeded: what a growing team, a busy service and one developer may look like. */
import { randomFrom } from "../ledger/records.mjs";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** One series of each kind. */
export function inventSeries(seed) {
  return [growingTeam(seed), busyService(seed), oneDeveloper(seed)];
}

function growingTeam(seed) {
  const random = randomFrom(11 * seed + 1);
  const week = [1.2, 1.25, 1.2, 1.15, 1, 0.5, 0.4];
  let swing = 0;
  const values = Array.from({ length: 90 }, (_, day) => {
    swing = 0.4 * swing + 0.3 * normal(random);
    return 100 * Math.exp(0.006 * day + swing) * week[day % 7];
  });
  return { name: `a growing team's days, seed ${seed}`, values, bucketMs: DAY, periods: [7, 28] };
}

function busyService(seed) {
  const random = randomFrom(11 * seed + 2);
  const values = Array.from({ length: 336 }, (_, hour) => {
    const kind = Math.floor(hour / 24) % 7 >= 5 ? 0.4 : 1;
    const calls = poisson(kind * (2 + 10 * Math.max(0, Math.sin((2 * Math.PI * ((hour % 24) - 6)) / 24))), random);
    let sum = 0;
    for (let call = 0; call < calls; call++) sum -= 50 * Math.log(1 - random());
    return sum;
  });
  return { name: `a busy service's hours, seed ${seed}`, values, bucketMs: HOUR, periods: [24, 72] };
}

function oneDeveloper(seed) {
  const random = randomFrom(11 * seed + 3);
  const values = Array.from({ length: 75 }, (_, day) => {
    const rests = random() < (day % 7 >= 5 ? 0.7 : 0.1);
    return rests ? 0 : 10 * Math.exp(0.9 * normal(random));
  });
  return { name: `one developer's days, seed ${seed}`, values, bucketMs: DAY, periods: [7, 28] };
}

export function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function poisson(mean, random) {
  const draw = random();
  let count = 0;
  let chance = Math.exp(-mean);
  let sum = chance;
  while (draw > sum) {
    chance *= mean / ++count;
    sum += chance;
  }
  return count;
}
