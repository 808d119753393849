// Command manifests judges files for containers by the libraries of those who read
// them: compose files by the loader of Docker Compose, manifests of Kubernetes by its
// own types, strictly, and Dockerfiles by the parser and the rules of BuildKit.
//
//	manifests compose FILE...       prints the project as JSON
//	manifests kubernetes FILE...    prints a JSON object for each document
//	manifests dockerfile FILE...    prints what the rules find, one line each
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"bufio"
	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	judges := map[string]func(...string) error{"compose": compose, "kubernetes": each(kubernetes), "dockerfile": each(dockerfile)}
	if len(args) < 2 || judges[args[0]] == nil {
		return errors.New("usage: manifests compose|kubernetes|dockerfile FILE...")
	}
	return judges[args[0]](args[1:]...)
}

func each(do func(string) error) func(...string) error {
	return func(names ...string) error {
		for _, name := range names {
			if err := do(name); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	}
}

// compose loads files that belong together; variables without a default that are
// not set are an error of the loader.
func compose(names ...string) error {
	options, err := cli.NewProjectOptions(names, cli.WithOsEnv, cli.WithResolvedPaths(false), cli.WithWorkingDirectory(filepath.Dir(names[0])))
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	text, err := project.MarshalJSON()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(append(bytes.TrimSpace(text), '\n'))
	return err
}

// kinds are the kinds of objects that are understood.
var kinds = map[string]func() any{
	"v1 Namespace":                           func() any { return new(core.Namespace) },
	"v1 ConfigMap":                           func() any { return new(core.ConfigMap) },
	"v1 Secret":                              func() any { return new(core.Secret) },
	"v1 Service":                             func() any { return new(core.Service) },
	"v1 ServiceAccount":                      func() any { return new(core.ServiceAccount) },
	"v1 PersistentVolumeClaim":               func() any { return new(core.PersistentVolumeClaim) },
	"apps/v1 Deployment":                     func() any { return new(apps.Deployment) },
	"apps/v1 StatefulSet":                    func() any { return new(apps.StatefulSet) },
	"policy/v1 PodDisruptionBudget":          func() any { return new(policy.PodDisruptionBudget) },
	"autoscaling/v2 HorizontalPodAutoscaler": func() any { return new(autoscaling.HorizontalPodAutoscaler) },
	"networking.k8s.io/v1 NetworkPolicy":     func() any { return new(networking.NetworkPolicy) },
	"networking.k8s.io/v1 Ingress":           func() any { return new(networking.Ingress) },
}

func kubernetes(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	documents := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var what struct {
			APIVersion string `json:"apiVersion"`
			Kind       string `json:"kind"`
		}
		if err := yaml.Unmarshal(document, &what); err != nil {
			return err
		}
		if what.Kind == "" {
			continue // a comment
		}
		make, ok := kinds[what.APIVersion+" "+what.Kind]
		if !ok {
			return fmt.Errorf("%s of %s is no kind that is understood", what.Kind, what.APIVersion)
		}
		object := make()
		if err := yaml.UnmarshalStrict(document, object); err != nil {
			return fmt.Errorf("%s: %w", what.Kind, err)
		}
		if err := json.NewEncoder(os.Stdout).Encode(object); err != nil {
			return err
		}
	}
}

func dockerfile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	parsed, err := parser.Parse(f)
	if err != nil {
		return err
	}
	rules := linter.New(&linter.Config{Warn: func(rule, _, _, message string, where []parser.Range) {
		line := 0
		if len(where) > 0 {
			line = where[0].Start.Line
		}
		fmt.Printf("%s:%d: %s: %s\n", name, line, rule, message)
	}})
	_, _, err = instructions.Parse(parsed.AST, rules)
	return err
}
