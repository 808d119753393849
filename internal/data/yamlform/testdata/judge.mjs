// Does with js-yaml what judge.py does with PyYAML.
import { readFileSync } from 'node:fs'
import { inspect, isDeepStrictEqual } from 'node:util'
import * as yaml from 'js-yaml'

const work = JSON.parse(readFileSync(0, 'utf8'))
const complaints = []
for (const c of work.values ?? []) {
  let got
  try {
    got = yaml.load(c.yaml)
  } catch (e) {
    complaints.push([c.name, `${e}\n${c.yaml}`])
    continue
  }
  const want = JSON.parse(c.json)
  if (!isDeepStrictEqual(want, got) || JSON.stringify(want) !== JSON.stringify(got)) {
    complaints.push([c.name, `read as ${inspect(got)}\n${c.yaml}`])
  }
}

const all = (text) => inspect(yaml.loadAll(text), { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity, breakLength: Infinity })
let read = 0
for (const c of work.same ?? []) {
  let a, b
  try {
    a = all(c.a)
  } catch {
    continue
  }
  read++
  try {
    b = all(c.b)
  } catch (e) {
    b = String(e)
  }
  if (a !== b) {
    complaints.push([c.name, `was\n${a}\n${c.a}\nis\n${b}\n${c.b}`])
  }
}
process.stdout.write(JSON.stringify({ read, complaints }))
