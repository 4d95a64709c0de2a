/** Periods between two days (`2014-04-01`), the latest first, in the words of the period box. */
export function periods(first: string, last: string): string[] {
  const found = ['now-24h', 'now-7d', 'now-30d'];
  const [from, to] = [first, last].map((day) => /^(\d{4})-(\d{2})/.exec(day));
  if (!from || !to) return found;
  const months = (parts: RegExpExecArray) => Number(parts[1]) * 12 + Number(parts[2]) - 1;
  const PERIODS_MAX = 200;
  for (let month = months(to); month >= months(from) && found.length < PERIODS_MAX; month--) {
    const [year, of] = [Math.floor(month / 12), (month % 12) + 1];
    if (month === months(to) || of === 12) found.push(String(year));
    if (month === months(to) || of % 3 === 0) found.push(`${year}Q${Math.ceil(of / 3)}`);
    found.push(`${year}-${String(of).padStart(2, '0')}`);
  }
  return found;
}
