/** A schedule in plain words, for whoever checks what they wrote. */
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August"].concat([
  "September",
  "October",
  "November",
  "December",
]);

const isNumber = (field: string) => /^\d+$/.test(field);
const two = (field: string) => field.padStart(2, "0");

function itemWords(item: string, unit: string, name: (value: string) => string): string {
  const [range = "", step] = item.split("/");
  const [from = "", to] = range.split("-");
  const every = step === undefined ? "" : `every ${step} ${unit}s`;
  if (range === "*") return every === "" ? `every ${unit}` : every;
  const span = to === undefined ? name(from) : `${name(from)} to ${name(to)}`;
  return every === "" ? span : `${every} from ${span}`;
}

const listWords = (field: string, unit: string, name: (value: string) => string) =>
  field
    .split(",")
    .map((item) => itemWords(item, unit, name))
    .join(", ");

/** The hours and minutes of a day. */
function timeWords(minute: string, hour: string): string {
  if (isNumber(minute) && hour.split(",").every(isNumber))
    return `at ${hour
      .split(",")
      .map((one) => `${two(one)}:${two(minute)}`)
      .join(", ")}`;
  const past = minute === "*" || minute.startsWith("*/") ? undefined : listWords(minute, "minute", two);
  const minutes = past === undefined ? listWords(minute, "minute", two) : `at minute ${past}`;
  if (hour === "*") return past === undefined ? minutes : `${minutes} of every hour`;
  return `${minutes} of ${hour.startsWith("*/") ? "" : "hour "}${listWords(hour, "hour", String)}`;
}

const dayOf = (value: string) => DAYS[Number(value)] ?? value;
const monthOf = (value: string) => MONTHS[Number(value) - 1] ?? value;

/** The days of a year; both kinds of day given mean either. */
function dayWords(dom: string, month: string, dow: string): string {
  const days = [
    dom === "*"
      ? undefined
      : dom.startsWith("*/")
        ? listWords(dom, "day", String)
        : `on day ${listWords(dom, "day", String)}`,
    dow === "*" ? undefined : `on ${listWords(dow, "weekday", dayOf)}`,
  ].filter((part) => part !== undefined);
  const which = days.length === 0 ? "every day" : days.join(" or ");
  return month === "*" ? which : `${which} in ${listWords(month, "month", monthOf)}`;
}

/** What a normalised schedule means. */
export function scheduleWords(schedule: string): string {
  const [minute = "", hour = "", dom = "", month = "", dow = ""] = schedule.split(" ");
  const time = timeWords(minute, hour);
  const isEveryDay = [dom, month, dow].every((field) => field === "*");
  return isEveryDay && time.startsWith("every") ? time : `${dayWords(dom, month, dow)} ${time}`;
}
