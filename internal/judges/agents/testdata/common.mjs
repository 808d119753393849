// What all clients do: the settings are JSON in the first argument, what was seen is printed as JSON.
export const settings = JSON.parse(process.argv[2]);
export const headers = { 'x-api-key': settings.key };
export const info = { name: 'claimcheck-judge', version: '1' };
export const print = (seen) => console.log(JSON.stringify(seen));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// again repeats what fails while the server is away.
export async function again(what, failures = []) {
	for (;;) {
		try {
			return await what();
		} catch (e) {
			failures.push(String(e?.message ?? e));
			if (failures.length > 400) throw e;
			await pause(100);
		}
	}
}

// goOn finds the one job of a call whose answer was lost, and waits for its result by the plain tools.
export async function goOn(call, failures) {
	const list = await again(() => call('job_list', {}), failures);
	const jobs = list.structuredContent.jobs;
	if (jobs.length !== 1) return { jobs: jobs.length };
	for (;;) {
		const result = await again(() => call('job_result', { job_id: jobs[0].job_id }), failures);
		if (result.structuredContent?.status !== 'processing' && result.structuredContent?.status !== 'queued') {
			return { jobs: 1, id: jobs[0].job_id, result };
		}
	}
}
