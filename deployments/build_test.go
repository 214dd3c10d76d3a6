package deployments_test

import (
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Paths that a file of the application names: all of them, and those that it imports.
var (
	named    = regexp.MustCompile(`['"` + "`" + `](\.\.?/[^'"` + "`" + `\n]*)['"` + "`" + `]`)
	imported = regexp.MustCompile(`(?:from|import)[\s(]*['"](\.\.?/[^'"\n]+)['"]`)
)

// outsideTheWeb are the paths from the root that the build of the application reads beside web/. The types of its tests are checked with it, so
// that what they import counts; what they read when they run does not.
func outsideTheWeb(t *testing.T) (paths []string) {
	t.Helper()
	root := filepath.Join("..", "web")
	must(t, filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{"node_modules", "dist", "docs", "public"}, d.Name()):
			return fs.SkipDir
		case d.IsDir() || !regexp.MustCompile(`\.(tsx?|mjs|scss|json|html)$`).MatchString(file):
			return nil
		}
		from := strings.TrimPrefix(filepath.ToSlash(file), "../")
		pattern := named
		if strings.HasPrefix(from, "web/test/") {
			pattern = imported
		}
		for _, found := range pattern.FindAllStringSubmatch(readFile(t, file), -1) {
			if to := path.Join(path.Dir(from), found[1]); !strings.HasPrefix(to, "web/") && to != "web" {
				paths = append(paths, to)
			}
		}
		return nil
	}))
	slices.Sort(paths)
	return slices.Compact(paths)
}

// uncopied are those of some paths that the first stage of a Dockerfile, which lies in /src as the clone does, does not have when it builds.
func uncopied(dockerfile string, paths []string) []string {
	stage, _, _ := strings.Cut(dockerfile, "RUN npm run build")
	return slices.DeleteFunc(slices.Clone(paths), func(wanted string) bool {
		for _, line := range regexp.MustCompile(`(?m)^COPY (\S+) /src/(\S+)$`).FindAllStringSubmatch(stage, -1) {
			if line[1] == line[2] && strings.HasPrefix(wanted+"/", line[1]) {
				return true
			}
		}
		return false
	})
}

func TestTheImageIsBuiltWithAllThatTheApplicationReads(t *testing.T) {
	t.Parallel()
	paths, dockerfile := outsideTheWeb(t), readFile(t, "Dockerfile")
	for _, known := range []string{"schemas/screening/v1", "schemas/codes/provinces.json"} {
		if !slices.Contains(paths, known) {
			t.Errorf("found %q, and not %s", paths, known)
		}
	}
	if missing := uncopied(dockerfile, paths); len(missing) > 0 {
		t.Errorf("the build of the application lacks %q", missing)
	}
	for _, ignored := range ignoredByTheBuild(t) {
		for _, wanted := range paths {
			if strings.HasPrefix(wanted+"/", ignored+"/") {
				t.Errorf(".dockerignore keeps %s away from the build", wanted)
			}
		}
	}
	if missing := uncopied(strings.ReplaceAll(dockerfile, "COPY schemas/", "# COPY schemas/"), paths); !slices.Equal(missing, paths) {
		t.Errorf("without the schemas only %q are missed", missing)
	}
}

// What an installation keeps beside compose.yaml, its passwords and its keys, lies in the folder that the image is built from.
func TestNoSecretComesIntoABuild(t *testing.T) {
	t.Parallel()
	ignored := ignoredByTheBuild(t)
	secrets, _ := at(documents(t, "compose.yaml")["compose.yaml"][0], "secrets").(object)
	if len(secrets) < 10 {
		t.Errorf("found the secrets %v only", secrets)
	}
	for name, secret := range secrets {
		file, _ := at(secret, "file").(string)
		if !slices.Contains(ignored, path.Join("deployments", path.Dir(file))) {
			t.Errorf("%s, in %q, comes into every build", name, file)
		}
	}
}

// ignoredByTheBuild are the folders that .dockerignore names.
func ignoredByTheBuild(t *testing.T) (folders []string) {
	t.Helper()
	for line := range strings.Lines(readFile(t, filepath.Join("..", ".dockerignore"))) {
		if line = strings.TrimSpace(line); line != "" && !strings.ContainsAny(line[:1], "#!") {
			folders = append(folders, line)
		}
	}
	return folders
}
