// Compiled beside the example, never run: it stops compiling when a mistake of
// somebody who uses the generated client would not be noticed.
import createClient from 'openapi-fetch'
import type { paths } from './schema.js'

const service = createClient<paths, 'application/json'>({ baseUrl: 'http://127.0.0.1:1' })

export async function mistakes(): Promise<void> {
  const { data, error } = await service.GET('/jobs/{job_id}', { params: { path: { job_id: 'x' } } })
  if (error) {
    const line: number | undefined = error.details.line
    // @ts-expect-error an envelope has no such member
    console.log(line, error.message)
    return
  }
  // @ts-expect-error an unfinished job has no result
  console.log(data.result)
  if (data.status === 'failed') console.log(data.error.details.column)
  // @ts-expect-error there are four statuses, and this is none
  if (data.status === 'done') return
  // @ts-expect-error the id of the job is missing
  await service.GET('/jobs/{job_id}', { params: {} })
  // @ts-expect-error there is no such path
  await service.GET('/job/{job_id}', { params: { path: { job_id: 'x' } } })
  // @ts-expect-error the option is a number
  await service.POST('/json-formatter-api', { params: { header: { 'x-tab-space': 'two' } }, body: '{}' })
  const list = await service.GET('/jobs', { params: { query: { status: ['failed'], limit: 10 } } })
  if (list.data && 'next_cursor' in list.data) {
    const cursor: string | null = list.data.next_cursor
    console.log(cursor)
  }
  const usage = await service.GET('/usage')
  if (usage.data) console.log(usage.data.jobs.used + 1)
  if (usage.error) console.log(usage.error.retry_after ?? 0)
}
