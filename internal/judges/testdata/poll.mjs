// Follows a job with fetch to its end, asking again after retry_after seconds.
// It knows what the public page of the status API says and nothing more.
import { setTimeout as pause } from 'node:timers/promises'

const [base, key, job] = process.argv.slice(2)

for (;;) {
  const answer = await fetch(new URL(`/status-api/${job}`, base), { headers: { 'x-api-key': key } })
  const { status, message, retry_after: seconds, result, error } = await answer.json()
  if (status === 'success') {
    console.log('result', result)
    break
  }
  if (status === 'failed') {
    console.error('error', error)
    break
  }
  console.log(message)
  await pause(seconds * 1000)
}
