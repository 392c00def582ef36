package countersign

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"countersign.dev/e2e/kubernetes/cluster"
)

// podSpec is a pod's as far as a kubelet must know it to run Countersign's programs.
type podSpec struct {
	account   string
	arguments []string          // command and args
	mounts    map[string]string // mount path to "secrets/NAME" or "configmaps/NAME"
	items     map[string][]any  // of such a source; all that it has if nil
}

// newPodSpec reads the pod template of a Deployment or Job, which has one container.
func newPodSpec(workload cluster.Object) (podSpec, error) {
	spec, _ := cluster.At(workload, "spec", "template", "spec").(cluster.Object)
	containers, _ := spec["containers"].([]any)
	if len(containers) != 1 {
		return podSpec{}, fmt.Errorf("%s: %d containers", cluster.Text(workload, "metadata", "name"), len(containers))
	}
	pod := podSpec{account: cluster.Text(spec, "serviceAccountName"), mounts: map[string]string{},
		items: map[string][]any{}}
	for _, key := range []string{"command", "args"} {
		for _, argument := range list(cluster.At(containers[0], key)) {
			pod.arguments = append(pod.arguments, argument.(string))
		}
	}
	sources := map[string]string{}
	for _, volume := range list(spec["volumes"]) {
		name := cluster.Text(volume, "name")
		if secret := cluster.Text(volume, "secret", "secretName"); secret != "" {
			sources[name] = "secrets/" + secret
			pod.items["secrets/"+secret] = list(cluster.At(volume, "secret", "items"))
		} else if config := cluster.Text(volume, "configMap", "name"); config != "" {
			sources[name] = "configmaps/" + config
			pod.items["configmaps/"+config] = list(cluster.At(volume, "configMap", "items"))
		}
	}
	for _, mount := range list(cluster.At(containers[0], "volumeMounts")) {
		if source, ok := sources[cluster.Text(mount, "name")]; ok {
			pod.mounts[cluster.Text(mount, "mountPath")] = source
		}
	}
	return pod, nil
}

// mounted is arguments with folders below directory in the place of mount paths.
func (p podSpec) mounted(directory string) []string {
	var result []string
	for _, argument := range p.arguments {
		for path, source := range p.mounts {
			argument = strings.ReplaceAll(argument, "="+path+"/", "="+filepath.Join(directory, source)+"/")
		}
		result = append(result, argument)
	}
	return result
}

// volume keeps a folder like a Secret or ConfigMap, the way a kubelet does: all files change in one
// step, by a symbolic link that points to another folder.
type volume struct {
	api       *cluster.API
	source    string // "secrets/NAME"
	items     []any  // what of it is shown, under which names; all if empty
	directory string
	version   string // of the object that the folder shows
}

// sync makes the folder show the object as it is now.
func (v *volume) sync() error {
	object, err := v.api.Get("/api/v1/namespaces/" + Namespace + "/" + v.source)
	if err != nil {
		return err
	}
	version := cluster.Text(object, "metadata", "resourceVersion")
	if version == v.version {
		return nil
	}
	content, err := v.shown(object)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(v.directory, 0o755); err != nil {
		return err
	}
	folder, err := os.MkdirTemp(v.directory, "..version-")
	if err != nil {
		return err
	}
	for name, value := range content {
		bytes := []byte(value.(string))
		if strings.HasPrefix(v.source, "secrets/") {
			if bytes, err = base64.StdEncoding.DecodeString(value.(string)); err != nil {
				return err
			}
		}
		if err := os.WriteFile(filepath.Join(folder, name), bytes, 0o600); err != nil {
			return err
		}
		link := filepath.Join(v.directory, name)
		if _, err := os.Lstat(link); err != nil {
			if err := os.Symlink(filepath.Join("..data", name), link); err != nil {
				return err
			}
		}
	}
	return v.show(folder, version)
}

// shown is what of the object is in the folder. Where an item is missing, a pod does not start, or goes
// on with what it has.
func (v *volume) shown(object cluster.Object) (cluster.Object, error) {
	content, _ := object["data"].(cluster.Object)
	if len(v.items) == 0 {
		return content, nil
	}
	shown := cluster.Object{}
	for _, item := range v.items {
		value, ok := content[cluster.Text(item, "key")]
		if !ok {
			return nil, fmt.Errorf("%s: there is no key %s", v.source, cluster.Text(item, "key"))
		}
		shown[cluster.Text(item, "path")] = value
	}
	return shown, nil
}

func (v *volume) show(folder, version string) error {
	current, next := filepath.Join(v.directory, "..data"), filepath.Join(v.directory, "..data_new")
	before, _ := os.Readlink(current)
	if err := os.Symlink(filepath.Base(folder), next); err != nil {
		return err
	}
	if err := os.Rename(next, current); err != nil {
		return err
	}
	v.version = version
	if before != "" {
		return os.RemoveAll(filepath.Join(v.directory, before))
	}
	return nil
}

// kubelet keeps the volumes of pods up to date until it is stopped; a real one does it about once a
// minute, this one once a second.
type kubelet struct {
	volumes []*volume
	stop    chan struct{}
	done    chan struct{}
}

func startKubelet(api *cluster.API, directory string, pods ...podSpec) (*kubelet, error) {
	sources := map[string]bool{}
	items := map[string][]any{}
	for _, pod := range pods {
		for _, source := range pod.mounts {
			sources[source] = true
			items[source] = append(items[source], pod.items[source]...)
		}
	}
	var names []string
	for source := range sources {
		names = append(names, source)
	}
	sort.Strings(names)
	k := &kubelet{stop: make(chan struct{}), done: make(chan struct{})}
	for _, source := range names {
		v := &volume{api: api, source: source, items: items[source], directory: filepath.Join(directory, source)}
		if err := v.sync(); err != nil {
			return nil, fmt.Errorf("mounting %s: %w", source, err)
		}
		k.volumes = append(k.volumes, v)
	}
	go func() {
		defer close(k.done)
		for {
			select {
			case <-k.stop:
				return
			case <-time.After(time.Second):
			}
			for _, v := range k.volumes {
				v.sync() // an API server that does not answer now will later
			}
		}
	}()
	return k, nil
}

func (k *kubelet) end() {
	close(k.stop)
	<-k.done
}

func list(value any) []any {
	items, _ := value.([]any)
	return items
}
