// Makes the outlines of the map from Natural Earth, as `world-atlas` brings them: `make world`.
//
// What it does: takes the countries at 1:50m (1:110m has neither Singapore nor Hong Kong), projects them with Equal
// Earth (Šavrič, Patterson and Jenny, 2018: equal areas, so that a shade weighs what its country measures), leaves out
// what adds less than a small area to its line (Visvalingam and Whyatt, 1993) along borders that neighbours share,
// names countries by the codes of our own table, and writes one line a country.
//
// Invariant: the same input gives the same bytes.

import { readFileSync, writeFileSync } from 'node:fs'

const TABLE = new URL('../../crates/refdata/data/countries.toml', import.meta.url)
const OUTPUT = new URL('../../crates/report/src/chart/map/world.txt', import.meta.url)
const ATLAS = new URL('./node_modules/world-atlas/countries-50m.json', import.meta.url)

/** Units that the map is wide. */
const WIDTH = 2000
/** Smallest triangle that a point of a line may make with its neighbours, in square units. */
const TRIANGLE_MIN = 4
/** Smallest island that is drawn beside a larger one of the same country, in square units. */
const ISLAND_MIN = 14
/** A country that is smaller is drawn as a dot, in square units. */
const DOT_MAX = 90
/** The meridian in the middle: the map is cut through the Bering Strait, where it cuts islands at most, in degrees. */
const MIDDLE = 11.6
/** Shown from here to the north, in degrees: Antarctica sends no packets that a table would name. */
const SOUTH = -57

/** Areas that Natural Earth draws and ISO 3166-1 gives no number; the first two are part of what their codes mean. */
const UNNUMBERED = { 'N. Cyprus': 'CY', Somaliland: 'SO', Kosovo: 'XK' }

const [A1, A2, A3, A4, M] = [1.340264, -0.081106, 0.000893, 0.003796, Math.sqrt(3) / 2]

function project([longitude, latitude]) {
  const radians = Math.PI / 180
  const theta = Math.asin(M * Math.sin(latitude * radians))
  const square = theta * theta
  const sixth = square * square * square
  const x =
    (longitude * radians * Math.cos(theta)) / (M * (A1 + 3 * A2 * square + sixth * (7 * A3 + 9 * A4 * square)))
  return [x, theta * (A1 + A2 * square + sixth * (A3 + A4 * square))]
}

const scale = WIDTH / (2 * project([180, 0])[0])
const north = project([0, 83.7])[1]
const onPaper = (point) => {
  const [x, y] = project(point)
  return [x * scale + WIDTH / 2, (north - y) * scale]
}

const twice = (a, b, c) => Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]))

/** A line without the points that matter least; its ends stay, and a ring keeps four points. */
function simplified(line) {
  const points = line.map((at) => ({ at }))
  const isRing = line[0][0] === line.at(-1)[0] && line[0][1] === line.at(-1)[1]
  const kept = [...points]
  for (;;) {
    let [least, place] = [2 * TRIANGLE_MIN, -1]
    for (let i = 1; i + 1 < kept.length; i += 1) {
      const area = twice(kept[i - 1].at, kept[i].at, kept[i + 1].at)
      if (area < least) [least, place] = [area, i]
    }
    if (place < 0 || kept.length <= (isRing ? 4 : 2)) return kept.map((point) => point.at)
    kept.splice(place, 1)
  }
}

const area = (ring) => {
  let sum = 0
  for (let i = 0; i + 1 < ring.length; i += 1) sum += ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1]
  return Math.abs(sum) / 2
}

function centre(ring) {
  let [x, y, sum] = [0, 0, 0]
  for (let i = 0; i + 1 < ring.length; i += 1) {
    const cross = ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1]
    x += (ring[i][0] + ring[i + 1][0]) * cross
    y += (ring[i][1] + ring[i + 1][1]) * cross
    sum += 3 * cross
  }
  return sum === 0 ? ring[0] : [x / sum, y / sum]
}

/** Degrees from the middle; a line that crosses the cut stays on the side where most of it is. */
function onOneSide(points) {
  const turned = points.map(([longitude, latitude]) => [((longitude - MIDDLE + 540) % 360) - 180, latitude])
  const isWest = turned.filter(([longitude]) => longitude < 0).length * 2 > turned.length
  const crosses = turned.some(([longitude], i) => i > 0 && Math.abs(longitude - turned[i - 1][0]) > 180)
  if (!crosses) return turned
  return turned.map(([longitude, latitude]) => [
    Math.abs(longitude) > 90 && longitude < 0 !== isWest ? (isWest ? -180 : 180) : longitude,
    latitude,
  ])
}

const atlas = JSON.parse(readFileSync(ATLAS, 'utf8'))
const { scale: step, translate } = atlas.transform
const whole = atlas.arcs.map((arc) => {
  let [x, y] = [0, 0]
  const points = arc.map(([dx, dy]) => {
    x += dx
    y += dy
    return [x * step[0] + translate[0], Math.max(y * step[1] + translate[1], SOUTH)]
  })
  return onOneSide(points)
})
const projected = whole.map((arc) => arc.map(onPaper))
const lines = projected.map(simplified)

const ringOf = (arcs, all) => {
  const ring = []
  for (const number of arcs) {
    const line = number < 0 ? [...all[~number]].reverse() : all[number]
    ring.push(...(ring.length > 0 ? line.slice(1) : line))
  }
  return ring
}

const codes = new Map()
for (const [, code, number] of readFileSync(TABLE, 'utf8').matchAll(/\["([A-Z]{2})", (\d+),/g)) {
  if (Number(number) > 0) codes.set(Number(number), code)
}

const countries = new Map()
const unknown = []
for (const country of atlas.objects.countries.geometries) {
  const { name } = country.properties
  const code = codes.get(Number(country.id)) ?? UNNUMBERED[name]
  if (code === undefined) {
    unknown.push(name)
    continue
  }
  if (code === 'AQ') continue
  const polygons = country.type === 'Polygon' ? [country.arcs] : country.arcs
  const known = countries.get(code) ?? []
  known.push(...polygons)
  countries.set(code, known)
}

const written = (ring) => {
  const points = ring.map(([x, y]) => [Math.round(x), Math.round(y)])
  const moved = []
  let [x, y] = points[0]
  for (const [nx, ny] of points.slice(1, -1)) {
    if (nx !== x || ny !== y) moved.push([nx - x, ny - y])
    ;[x, y] = [nx, ny]
  }
  if (moved.length < 2) return ''
  const numbers = moved.flat()
  const text = numbers.map((number, i) => (i === 0 || number < 0 ? `${number}` : ` ${number}`)).join('')
  return `M${points[0][0]} ${points[0][1]}l${text}z`
}

const rows = []
for (const code of [...countries.keys()].sort()) {
  const polygons = countries.get(code).map((arcs) => ({
    rings: arcs.map((ring) => ringOf(ring, lines)),
    size: area(ringOf(arcs[0], projected)),
    outer: ringOf(arcs[0], projected),
  }))
  polygons.sort((a, b) => b.size - a.size)
  const size = polygons.reduce((sum, polygon) => sum + polygon.size, 0)
  const [x, y] = centre(polygons[0].outer).map(Math.round)
  const drawn = polygons.filter((polygon, i) => i === 0 || polygon.size >= ISLAND_MIN)
  const path = drawn.map((polygon) => polygon.rings.map(written).join('')).join('')
  rows.push(`${code} ${x} ${y} ${size < DOT_MAX ? 'dot' : 'area'} ${path}`.trimEnd())
}

const bottom = Math.max(
  ...[...countries.values()].flat().flatMap((arcs) => ringOf(arcs[0], projected).map(([, y]) => y)),
)
const head = `# Outlines of countries and economies for the map, one a line: code, centre of the largest part (x y), whether it is
# so small that it is a dot, and an SVG path of whole numbers. Made by web/world/world.mjs (\`make world\`); do not edit.
# Source: Natural Earth 4.1.0, Admin 0 countries at 1:50m, public domain (naturalearthdata.com/about/terms-of-use), as
# packed by world-atlas 2.0.2 (ISC). Projected with Equal Earth, simplified. Borders and names are those of the source
# and of our table of codes; they say nothing about anybody's claims.
size ${WIDTH} ${Math.ceil(bottom)}
`
writeFileSync(OUTPUT, `${head}${rows.join('\n')}\n`)
console.log(`${rows.length} countries; no code for: ${unknown.join(', ')}`)
