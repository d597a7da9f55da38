// Rates of @atproto/lexicon, on the documents and values that come as JSON on stdin.
import { readFileSync } from 'node:fs'
import { Lexicons } from '@atproto/lexicon'

const asked = JSON.parse(readFileSync(0, 'utf8'))
const lexicons = new Lexicons(asked.lexicons)

const rate = (check) => {
  let calls = 0
  const began = performance.now()
  let passed = 0
  while ((passed = (performance.now() - began) / 1000) < asked.seconds) {
    for (let n = 0; n < 10; n++) check()
    calls += 10
  }
  return calls / passed
}

const [outputOf, output] = asked.output
const [inputOf, input] = asked.input
console.log(
  JSON.stringify({
    output: rate(() => lexicons.assertValidXrpcOutput(outputOf, output)),
    input: rate(() => lexicons.assertValidXrpcInput(inputOf, input)),
  }),
)
