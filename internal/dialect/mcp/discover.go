package mcp

import "slices"

// instructions are for the model that is given the tools.
const instructions = "Each tool works on one input: give exactly one of content, url and file, where the tool has these. " +
	"What takes long becomes a job: the answer then names its job_id, and job_status, job_result and job_cancel go on with it. " +
	"A resource_link leads to the whole output, without a key, for a limited time; the text beside it may be its beginning only."

// How long clients may keep what they were told, in milliseconds.
const (
	discoverTTL = 3_600_000
	listTTL     = 60_000
)

// discover answers server/discover.
func (x *exchange) discover() (reply, error) {
	return reply{body: encode(struct {
		Versions     []string `json:"supportedVersions"`
		Capabilities any      `json:"capabilities"`
		Info         any      `json:"serverInfo"`
		Instructions string   `json:"instructions"`
		TTL          int64    `json:"ttlMs"`
		Scope        string   `json:"cacheScope"`
	}{supported, x.serverCapabilities(modern), x.info(), instructions, discoverTTL, "public"})}, nil
}

// initialize answers what legacy clients begin with: with the revision that they
// asked for, or the newest that there is for them. Nothing is remembered of it.
func (x *exchange) initialize() (reply, error) {
	version, p := x.member("protocolVersion")
	switch {
	case p != nil:
		return reply{}, p
	case version == "":
		return reply{}, badParams("protocolVersion is missing.")
	case !slices.Contains(legacy, version):
		version = legacy[0]
	}
	return reply{body: encode(struct {
		Version      string `json:"protocolVersion"`
		Capabilities any    `json:"capabilities"`
		Info         any    `json:"serverInfo"`
		Instructions string `json:"instructions"`
	}{version, x.serverCapabilities(version), x.info(), instructions})}, nil
}

// serverCapabilities are what this server can do in a revision.
func (x *exchange) serverCapabilities(revision string) map[string]any {
	can := map[string]any{"tools": struct{}{}}
	switch revision {
	case modern:
		can["extensions"] = map[string]any{tasksExtension: struct{}{}}
	case tasksRevision:
		can["tasks"] = legacyTasks()
	}
	return can
}

// ping answers that somebody is there.
func (x *exchange) ping() (reply, error) { return reply{body: []byte("{}")}, nil }
