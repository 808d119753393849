// Package deploy has no code of its own: its tests judge the files below deploy, by
// the libraries of those who read them (the types of Kubernetes, the loader of
// Docker Compose, BuildKit, systemd), against the program's own settings, and by
// starting it with the very arguments that stand there.
package deploy
