package deploy_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
)

// An object is what of Kubernetes' objects is looked at; that they are whole and
// without an unknown member is judged by the types themselves.
type object struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`
	Data map[string]string `json:"data"`
	Spec struct {
		Replicas *int `json:"replicas"`
		Selector any  `json:"selector"`
		Ports    []struct {
			TargetPort any `json:"targetPort"`
		} `json:"ports"`
		ScaleTargetRef struct {
			Kind, Name string
		} `json:"scaleTargetRef"`
		Metrics []struct {
			External struct {
				Metric struct{ Name string } `json:"metric"`
			} `json:"external"`
		} `json:"metrics"`
		Template struct {
			Metadata struct {
				Labels      map[string]string `json:"labels"`
				Annotations map[string]string `json:"annotations"`
			} `json:"metadata"`
			Spec pod `json:"spec"`
		} `json:"template"`
		VolumeClaimTemplates []struct {
			Metadata struct{ Name string } `json:"metadata"`
		} `json:"volumeClaimTemplates"`
	} `json:"spec"`
}

type pod struct {
	EnableServiceLinks            *bool `json:"enableServiceLinks"`
	TerminationGracePeriodSeconds int   `json:"terminationGracePeriodSeconds"`
	SecurityContext               struct {
		RunAsNonRoot   bool                  `json:"runAsNonRoot"`
		RunAsUser      int                   `json:"runAsUser"`
		SeccompProfile struct{ Type string } `json:"seccompProfile"`
	} `json:"securityContext"`
	Containers []container `json:"containers"`
	Volumes    []struct {
		Name      string                 `json:"name"`
		ConfigMap *struct{ Name string } `json:"configMap"`
	} `json:"volumes"`
}

type container struct {
	Image   string   `json:"image"`
	Args    []string `json:"args"`
	EnvFrom []struct {
		SecretRef struct{ Name string } `json:"secretRef"`
	} `json:"envFrom"`
	Ports []struct {
		Name          string `json:"name"`
		ContainerPort int    `json:"containerPort"`
	} `json:"ports"`
	StartupProbe, LivenessProbe, ReadinessProbe *struct {
		HTTPGet          struct{ Path, Port string } `json:"httpGet"`
		PeriodSeconds    int                         `json:"periodSeconds"`
		FailureThreshold int                         `json:"failureThreshold"`
	}
	Lifecycle struct {
		PreStop struct {
			Sleep struct{ Seconds int } `json:"sleep"`
		} `json:"preStop"`
	} `json:"lifecycle"`
	SecurityContext struct {
		AllowPrivilegeEscalation *bool `json:"allowPrivilegeEscalation"`
		ReadOnlyRootFilesystem   bool  `json:"readOnlyRootFilesystem"`
		Capabilities             struct{ Drop []string }
	} `json:"securityContext"`
	VolumeMounts []struct{ Name, MountPath string } `json:"volumeMounts"`
}

// objects are those of a folder, read by the types of Kubernetes.
func objects(t *testing.T, folder string) (all []object) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(files, "kubernetes", folder, "*.yaml"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no manifests in %s: %v", folder, err)
	}
	out, said, err := judge(t, nil, append([]string{"kubernetes"}, names...)...)
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var o object
		if err := d.Decode(&o); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
}

func named(t *testing.T, all []object, kind, name string) object {
	t.Helper()
	for _, o := range all {
		if o.Kind == kind && o.Metadata.Name == name {
			return o
		}
	}
	t.Fatalf("there is no %s %s", kind, name)
	return object{}
}

func TestManifestsOfKubernetesFitTogether(t *testing.T) {
	for _, folder := range []string{"single", "cluster"} {
		t.Run(folder, func(t *testing.T) {
			all := objects(t, folder)
			settings := named(t, all, "ConfigMap", "claimcheck").Data["claimcheck.yaml"]
			for _, o := range all {
				switch o.Kind {
				case "StatefulSet", "Deployment":
					checkWorkload(t, o, settings)
				case "Service", "PodDisruptionBudget":
					checkSelector(t, o, all)
				case "HorizontalPodAutoscaler":
					checkScaler(t, o, all)
				}
			}
		})
	}
	secret := objects(t, "secret")
	if len(secret) != 1 || secret[0].Kind != "Secret" || secret[0].Metadata.Name != "claimcheck" {
		t.Errorf("the pattern of the secret is %+v", secret)
	}
}

func checkWorkload(t *testing.T, o object, settings string) {
	t.Helper()
	p := o.Spec.Template.Spec
	if len(p.Containers) != 1 {
		t.Fatalf("%s has %d containers", o.Metadata.Name, len(p.Containers))
	}
	c := p.Containers[0]
	cfg := settingsOf(t, c.Args, nil, settings)
	// Kubernetes gives every pod CLAIMCHECK_PORT and more of the service claimcheck
	// unless it is told not to; the server takes them for settings.
	if p.EnableServiceLinks == nil || *p.EnableServiceLinks {
		t.Errorf("%s has enableServiceLinks", o.Metadata.Name)
	}
	if need := c.Lifecycle.PreStop.Sleep.Seconds + int(cfg.ShutdownTimeout/time.Second); c.Lifecycle.PreStop.Sleep.Seconds < 1 || p.TerminationGracePeriodSeconds < need+5 {
		t.Errorf("%s is killed after %d s; before it has stopped there pass %d s", o.Metadata.Name, p.TerminationGracePeriodSeconds, need)
	}
	ports := map[string]string{}
	for _, port := range c.Ports {
		ports[port.Name] = "0.0.0.0:" + strconv.Itoa(port.ContainerPort)
	}
	if ports["operator"] != cfg.OperatorListen || o.Spec.Template.Metadata.Annotations["prometheus.io/port"] != strings.TrimPrefix(cfg.OperatorListen, "0.0.0.0:") {
		t.Errorf("%s: operator_listen is %s, its port %s", o.Metadata.Name, cfg.OperatorListen, ports["operator"])
	}
	if cfg.Roles.API && ports["http"] != cfg.Listen {
		t.Errorf("%s listens on %s, its port is %s", o.Metadata.Name, cfg.Listen, ports["http"])
	}
	if c.ReadinessProbe.HTTPGet.Path != "/readyz" || c.LivenessProbe.HTTPGet.Path != "/healthz" || c.StartupProbe.HTTPGet.Path != "/healthz" ||
		c.ReadinessProbe.HTTPGet.Port != "operator" || c.LivenessProbe.HTTPGet.Port != "operator" || c.StartupProbe.HTTPGet.Port != "operator" {
		t.Errorf("%s: probes are %+v, %+v, %+v", o.Metadata.Name, c.StartupProbe, c.LivenessProbe, c.ReadinessProbe)
	}
	if wait := c.StartupProbe.PeriodSeconds * c.StartupProbe.FailureThreshold; wait < 90 {
		t.Errorf("%s is killed %d s after its start; a database is waited for longer", o.Metadata.Name, wait)
	}
	checkRights(t, o, c)
	checkVolumes(t, o, c, cfg.Data)
}

func checkRights(t *testing.T, o object, c container) {
	t.Helper()
	p := o.Spec.Template.Spec.SecurityContext
	if !p.RunAsNonRoot || !strings.Contains(read(t, "docker", "Dockerfile"), "USER "+strconv.Itoa(p.RunAsUser)+":") || p.SeccompProfile.Type != "RuntimeDefault" {
		t.Errorf("%s is run as %+v", o.Metadata.Name, p)
	}
	s := c.SecurityContext
	if s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation || !s.ReadOnlyRootFilesystem || len(s.Capabilities.Drop) != 1 || s.Capabilities.Drop[0] != "ALL" {
		t.Errorf("%s may do %+v", o.Metadata.Name, s)
	}
}

// checkVolumes: all that the server writes or reads is on a volume.
func checkVolumes(t *testing.T, o object, c container, data string) {
	t.Helper()
	volumes := map[string]bool{}
	for _, v := range o.Spec.Template.Spec.Volumes {
		volumes[v.Name] = true
	}
	for _, v := range o.Spec.VolumeClaimTemplates {
		volumes[v.Metadata.Name] = true
	}
	mounted := map[string]bool{}
	for _, m := range c.VolumeMounts {
		mounted[m.MountPath] = volumes[m.Name]
	}
	for _, path := range []string{data, "/tmp", "/etc/claimcheck"} {
		if !mounted[path] {
			t.Errorf("%s has no volume at %s", o.Metadata.Name, path)
		}
	}
}

func checkSelector(t *testing.T, o object, all []object) {
	t.Helper()
	selector, _ := o.Spec.Selector.(map[string]any)
	if inner, ok := selector["matchLabels"].(map[string]any); ok {
		selector = inner
	}
	for _, w := range all {
		labels := map[string]any{}
		for k, v := range w.Spec.Template.Metadata.Labels {
			labels[k] = v
		}
		if len(selector) > 0 && maps.Equal(selector, labels) {
			for _, port := range o.Spec.Ports {
				if name := w.Spec.Template.Spec.Containers[0].Ports[0].Name; port.TargetPort != name {
					t.Errorf("service %s leads to the port %v, its pods have %s", o.Metadata.Name, port.TargetPort, name)
				}
			}
			return
		}
	}
	t.Errorf("%s %s selects %v: no pods are of that kind", o.Kind, o.Metadata.Name, selector)
}

// checkScaler: what is scaled is there and says no number itself; the metric is
// made of one that the server has.
func checkScaler(t *testing.T, o object, all []object) {
	t.Helper()
	w := named(t, all, o.Spec.ScaleTargetRef.Kind, o.Spec.ScaleTargetRef.Name)
	if w.Spec.Replicas != nil {
		t.Errorf("%s says how many it is, which the autoscaler decides", w.Metadata.Name)
	}
	rules := read(t, "kubernetes", "prometheus-adapter", "rules.yaml")
	if name := o.Spec.Metrics[0].External.Metric.Name; !strings.Contains(rules, "name: {as: "+name+"}") {
		t.Errorf("no rule of prometheus-adapter makes %s", name)
	}
	if s := serverproc.Start(t, serverproc.Options{Args: []string{"--workers=0"}}); !waits(t, s) {
		t.Error("a waiting job is not in claimcheck_jobs{state=\"queued\"}")
	}
}

// waits hands in a job that nobody runs and looks for it among the metrics.
func waits(t *testing.T, s *serverproc.Server) bool {
	t.Helper()
	handIn(t, s, s.Key("ann"))
	ask := serverproc.Call{Base: s.URL, Method: "GET", Path: "/metrics"}
	found := false
	serverproc.Until(t, patience, func() (bool, string) {
		a := call(t, &ask)
		found = strings.Contains(string(a.Body), `claimcheck_jobs{state="queued",tool="json-formatter"} 1`)
		return found, a.String()
	})
	return found
}

func TestTheManifestsArgumentsStartAServer(t *testing.T) {
	t.Parallel()
	single := objects(t, "single")
	c := named(t, single, "StatefulSet", "claimcheck").Spec.Template.Spec.Containers[0]
	s := startWith(t, c.Args, named(t, single, "ConfigMap", "claimcheck").Data["claimcheck.yaml"], nil)
	works(t, s, s.Key("ann"))
	s.Stop()
}

func TestTheManifestsArgumentsStartACluster(t *testing.T) {
	t.Parallel()
	all := objects(t, "cluster")
	settings := named(t, all, "ConfigMap", "claimcheck").Data["claimcheck.yaml"]
	cfg := settingsOf(t, []string{"serve", "--config=x"}, nil, settings)
	shared := newShared(t)
	settings = strings.ReplaceAll(strings.ReplaceAll(settings, cfg.Store.Text, shared.store), cfg.Blobs.Text, shared.blobs)
	args := func(name string) []string {
		return named(t, all, "Deployment", name).Spec.Template.Spec.Containers[0].Args
	}
	api := startWith(t, args("claimcheck-api"), settings, shared.env)
	worker := startWith(t, args("claimcheck-worker"), settings, shared.env)
	works(t, api, shared.key(t))
	worker.Stop()
	api.Stop()
}

// startWith starts a server with the arguments of a file, its paths and ports
// aside.
func startWith(t *testing.T, args []string, settings string, env []string) *serverproc.Server {
	t.Helper()
	file := filepath.Join(t.TempDir(), "claimcheck.yaml")
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	data := serverproc.Folder(t)
	values := map[string]string{"--config": file, "--data": data}
	for _, flag := range []string{"--listen", "--operator-listen"} {
		for _, a := range args {
			if strings.HasPrefix(a, flag+"=") {
				values[flag] = "127.0.0.1:0"
			}
		}
	}
	return serverproc.Start(t, serverproc.Options{Data: data, Args: replaced(t, args[1:], values), Env: env})
}
