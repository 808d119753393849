package postman

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

type event struct {
	Listen string `json:"listen"`
	Script script `json:"script"`
}

type script struct {
	Type string   `json:"type"`
	Exec []string `json:"exec"`
}

func test(lines []string) event {
	return event{Listen: "test", Script: script{Type: "text/javascript", Exec: lines}}
}

// before runs before every request: what is sent again keeps its key.
const before = `if (!pm.collectionVariables.get('idempotency_key')) pm.collectionVariables.set('idempotency_key', pm.variables.replaceIn('{{$guid}}'));`

// always runs after every answer; shapes stands before it.
const always = `const { code } = pm.response, later = pm.response.headers.get('retry-after');
if ([429, 503].includes(code) && later <= 60) { // too much at once: the same again, when the server says (in a run of the collection)
  setTimeout(() => {}, later * 1000);
  pm.execution.setNextRequest(pm.info.requestName);
} else {
  pm.collectionVariables.unset('idempotency_key');
}
pm.test(pm.info.requestName + ': answers as described', () => {
  const described = shapes[pm.info.requestName];
  const members = described[code] ?? described[String(code)[0] + 'XX'] ?? described.default;
  pm.expect(members, code + ' ' + pm.response.text()).to.be.an('array');
  if (members.length > 0 && code !== 304) {
    const has = Object.keys(pm.response.json());
    pm.expect(members.some((all) => all.every((name) => has.includes(name))), has + ' instead of ' + JSON.stringify(members)).to.be.true;
  }
});`

// everywhere are the scripts of the collection: what holds answers to the shapes of
// the document, by the name of the request and the status.
func everywhere(shapes map[string]map[string][][]string) ([]event, error) {
	lines := []string{"// The members that answers must have, by request and status: one of the lists, and anything where there is none."}
	lines = append(lines, "const shapes = {")
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		key, err := json.Marshal(name)
		if err != nil {
			return nil, fmt.Errorf("encode: %w", err)
		}
		text, err := json.Marshal(shapes[name])
		if err != nil {
			return nil, fmt.Errorf("encode: %w", err)
		}
		lines = append(lines, "  "+string(key)+": "+string(text)+",")
	}
	lines = append(lines, "};")
	first := event{Listen: "prerequest", Script: script{Type: "text/javascript", Exec: []string{before}}}
	return []event{first, test(append(lines, strings.Split(always, "\n")...))}, nil
}

// poll asks for a job until it is finished, as long as the collection is run, and
// takes the link of its output apart.
const poll = `if (pm.response.code === 200) {
  const job = pm.response.json();
  const finished = ['success', 'failed'].includes(job.status);
  pm.test('the status is one of four, with what belongs to it', () => {
    pm.expect(job.job_id).to.eql(pm.variables.get('job_id'));
    pm.expect(job.updated_at).to.be.at.least(job.created_at);
    switch (job.status) {
      case 'queued': case 'processing':
        pm.expect(job).to.have.all.keys('job_id', 'status', 'created_at', 'updated_at', 'message', 'retry_after');
        pm.expect(String(job.retry_after)).to.eql(pm.response.headers.get('retry-after'));
        break;
      case 'success': pm.expect(job.result).to.be.an('object'); break;
      case 'failed': pm.expect(job.error).to.include.all.keys('code', 'message', 'details'); break;
      default: pm.expect.fail('status ' + job.status);
    }
  });
  if (!finished) { // again, when the server says (in a run of the collection)
    setTimeout(() => {}, job.retry_after * 1000);
    pm.execution.setNextRequest(pm.info.requestName);
  } else if (job.result?.file) {
    const [, name, expires, signature] = job.result.file.match(/\/downloads\/([^?]+)\?expires=([^&]+)&signature=([^&]+)/) ?? [];
    for (const [key, value] of Object.entries({ download: name, expires, signature })) pm.collectionVariables.set(key, value);
  }
}`

// takes are the variables that come out of an operation's answer, and where they
// stand in it. What a tool's operation answers gives job_id too.
var takes = map[string]map[string]string{
	"retryJob":            {"job_id": "body.job_id"},
	"newUpload":           {"upload_id": "body.upload_id", "...": "body.upload.fields"},
	"beginFile":           {"file_id": "pm.response.headers.get('location')?.split('/').pop()"},
	"beginBulk":           {"bulk_id": "body.bulk_id"},
	"beginBulkOfAll":      {"bulk_id": "body.bulk_id"},
	"addWebhook":          {"webhook_id": "body.id"},
	"listDeliveries":      {"delivery_id": "body.deliveries?.[0]?.id"},
	"createKey":           {"key_id": "body.id"},
	"claimWork":           {"lease": "body.leases?.[0]?.lease"},
	"beginAzureOperation": {"operation_id": "pm.response.headers.get('operation-location')?.split('/').pop()"},
	"runGoogleTool":       {"operation_id": "body.name?.split('/').pop()"},
}

// scriptOf is the script of one operation, or nothing.
func scriptOf(op *operation) []string {
	from := takes[op.OperationID]
	switch {
	case op.OperationID == "getJob" || op.OperationID == "getStatus":
		return strings.Split(poll, "\n")
	case len(op.Takes) > 0:
		from = map[string]string{"job_id": "body.job_id"}
	case from == nil:
		return nil
	}
	lines := []string{"// taken over by the requests that need it", "if (pm.response.code < 300) {"}
	if fmt.Sprint(from) != "" && uses(from, "body") {
		lines = append(lines, "  const body = pm.response.json();")
	}
	for _, name := range sorted(from) {
		if name == "..." {
			lines = append(lines, fmt.Sprintf("  for (const [key, value] of Object.entries(%s)) pm.collectionVariables.set(key, value);", from[name]))
			continue
		}
		lines = append(lines,
			fmt.Sprintf("  const %s = %s;", name, from[name]),
			fmt.Sprintf("  if (%s) pm.collectionVariables.set('%s', %s);", name, name, name))
	}
	return append(lines, "}")
}

func uses(from map[string]string, word string) bool {
	for _, expression := range from {
		if strings.Contains(expression, word+".") {
			return true
		}
	}
	return false
}
