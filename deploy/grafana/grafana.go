package main

import (
	"encoding/json"
	"fmt"
)

// What of Grafana's dashboards is used here, as its version 10 writes them (schema 38).
const (
	schemaVersion = 38
	columns       = 24 // of the grid
	height        = 8  // of a graph
	low           = 4  // of a number
)

type object map[string]any

// source is the data source that the reader has chosen.
func source() object { return object{"type": "prometheus", "uid": "${datasource}"} }

// dashboard is the file.
func dashboard() ([]byte, error) {
	text, err := json.MarshalIndent(object{
		"uid": "claimcheck", "title": "claimcheck", "description": "Made by deploy/grafana from its table; docs/OPERATIONS.md tells what the metrics mean.",
		"tags": []string{"claimcheck"}, "schemaVersion": schemaVersion, "version": 1, "editable": true, "graphTooltip": 1, "refresh": "30s", "timezone": "browser",
		"time": object{"from": "now-6h", "to": "now"}, "templating": object{"list": variables()}, "annotations": object{"list": []object{}}, "links": []object{}, "panels": panels(),
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the dashboard: %w", err)
	}
	return append(text, '\n'), nil
}

// variables are what the reader chooses.
func variables() []object {
	list := []object{{"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "hide": 0, "refresh": 1}}
	for _, v := range []struct {
		name, label, query string
		many               bool
	}{
		{"job", "Job", `label_values(claimcheck_build_info, job)`, false},
		{"instance", "Server", `label_values(claimcheck_build_info{job="$job"}, instance)`, true},
		{"tool", "Tool", `label_values({__name__=~"claimcheck_jobs|claimcheck_run_seconds_count",job="$job"}, tool)`, true},
	} {
		o := object{
			"name": v.name, "label": v.label, "type": "query", "datasource": source(), "definition": v.query, "hide": 0, "refresh": 2, "sort": 1,
			"query": object{"query": v.query, "refId": "variable-" + v.name}, "multi": v.many, "includeAll": v.many,
		}
		if v.many {
			o["allValue"], o["current"] = ".*", object{"text": []string{"All"}, "value": []string{"$__all"}, "selected": true}
		}
		list = append(list, o)
	}
	return list
}

// layout tells how many panels of a row stand side by side, and how high they are.
func (r *row) layout() (abreast, h int) {
	switch n := len(r.panels); {
	case r.panels[0].kind == number:
		return n, low
	case n == 2, n == 4:
		return 2, height
	default:
		return 3, height
	}
}

// panels lays the table out.
func panels() (all []object) {
	y := 0
	add := func(o object, x, w, h int) {
		o["id"], o["gridPos"] = len(all)+1, object{"x": x, "y": y, "w": w, "h": h}
		all = append(all, o)
	}
	for _, r := range table {
		add(object{"type": "row", "title": r.title, "collapsed": false, "panels": []object{}}, 0, columns, 1)
		y++
		abreast, h := r.layout()
		w := columns / abreast
		for i := range r.panels {
			add(drawn(&r.panels[i]), i%abreast*w, w, h)
			if i%abreast == abreast-1 || i == len(r.panels)-1 {
				y += h
			}
		}
	}
	return all
}

// drawn is one panel.
func drawn(p *panel) object {
	targets := []object{}
	for i, l := range p.lines {
		targets = append(targets, object{"refId": string(rune('A' + i)), "datasource": source(), "expr": l.expr, "legendFormat": l.legend, "range": p.kind == graph, "instant": p.kind == number})
	}
	o := object{
		"type": p.kind, "title": p.title, "description": p.help, "datasource": source(), "targets": targets,
		"fieldConfig": object{"defaults": object{"unit": p.unit, "min": 0, "custom": object{}}, "overrides": []object{}},
	}
	if p.kind == graph {
		o["options"] = object{"legend": object{"displayMode": "list", "placement": "bottom", "showLegend": true}, "tooltip": object{"mode": "multi", "sort": "desc"}}
	} else {
		o["options"] = object{"colorMode": "value", "graphMode": "none", "textMode": "auto", "reduceOptions": object{"calcs": []string{"lastNotNull"}, "fields": "", "values": false}}
	}
	return o
}
