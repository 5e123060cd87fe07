package main

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/language"

	"github.com/proctorbook/proctorbook/scheduling/words"
)

var (
	templateKey = regexp.MustCompile(`\.T "((?:[^"\\]|\\.)*)"`)
	codeKey     = regexp.MustCompile(`\.T\("((?:[^"\\]|\\.)*)"`)
	titleKey    = regexp.MustCompile(`v\.show\([^"]*"[a-z]+", "([^"]+)"`)
	verb        = regexp.MustCompile(`%(\[\d\])?[a-z]`)
)

// keys are all sentences of the pages.
func keys(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for text := range words.All() {
		all[text] = true
	}
	for _, f := range faults {
		all[f.Label], all[f.Says] = true, true
	}
	for _, known := range problems {
		all[known.Title], all[known.Detail] = true, true
	}
	for _, who := range samplePeople {
		all[who.Note] = true
	}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range append(codeKey.FindAllStringSubmatch(string(data), -1), titleKey.FindAllStringSubmatch(string(data), -1)...) {
			all[m[1]] = true
		}
	}
	err = fs.WalkDir(templates, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := templates.ReadFile(path)
		for _, m := range templateKey.FindAllStringSubmatch(string(data), -1) {
			all[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Every sentence has its French, with the same values in it.
func TestEverySentenceIsTranslated(t *testing.T) {
	t.Parallel()
	french, err := readWords(language.French)
	if err != nil {
		t.Fatal(err)
	}
	english, err := readWords(language.English)
	if err != nil {
		t.Fatal(err)
	}
	all := keys(t)
	if len(all) < 250 {
		t.Fatalf("%d sentences were found: the search is broken", len(all))
	}
	for key := range all {
		s, there := french[key]
		if !there {
			t.Errorf("words/fr.json lacks %q", key)
			continue
		}
		if (s.Plural != nil) != (english[key].Plural != nil) {
			t.Errorf("%q has plurals in one language only", key)
		}
		if s.Plural == nil && len(verb.FindAllString(s.Text, -1)) != len(verb.FindAllString(key, -1)) {
			t.Errorf("%q and %q have different values", key, s.Text)
		}
	}
}

func TestFrench(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	b := s.as("ada_l")
	b.lang = "fr-CA, en;q=0.5"
	b.get("/").wants(t, http.StatusOK, `<html lang="fr">`, "Mes examens", "2 heures", "Choisir un horaire")
	b.get("/exams/history/slots").wants(t, http.StatusOK, "créneaux libres", "Matin")
	b.post("/profile", "GivenName", "\xff", "Phone", "abc", "Country", "US", "Email", "x").wants(t, http.StatusUnprocessableEntity, "des signes illisibles", "est vide",
		"est vide, et nécessaire", "+ et 6 à 14 chiffres", "doit ressembler à")
	b.post("/profile", "GivenName", "A", "Phone", "1", "Country", "??").wants(t, http.StatusUnprocessableEntity, "comme FR")
	b.get("/nowhere").wants(t, http.StatusNotFound, "Cette page n’existe pas")
	b.lang = "de"
	b.get("/").wants(t, http.StatusOK, `<html lang="en">`, "My exams")
	b.lang = "not a language ;;;"
	b.get("/").wants(t, http.StatusOK, `<html lang="en">`)
}
