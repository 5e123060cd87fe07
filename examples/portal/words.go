package main

import (
	"embed"
	"encoding/json"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message/catalog"

	"github.com/proctorbook/proctorbook/scheduling"
)

// The pages are written in English, and so is what package words says of the library's
// codes; words/fr.json has each of these sentences in French, and both files have the
// plurals.
//
//go:embed words
var catalogs embed.FS

var languages = []language.Tag{language.English, language.French}

// sentence is one translation, or one for each plural form of its first number.
type sentence struct {
	Text   string
	Plural map[string]string
}

// UnmarshalJSON takes a text, or an object with the forms "one" and "other".
func (s *sentence) UnmarshalJSON(data []byte) error {
	if data[0] == '{' {
		return json.Unmarshal(data, &s.Plural)
	}
	return json.Unmarshal(data, &s.Text)
}

// readWords returns the sentences of a language.
func readWords(tag language.Tag) (map[string]sentence, error) {
	data, err := catalogs.ReadFile("words/" + tag.String() + ".json")
	if err != nil {
		return nil, err
	}
	var all map[string]sentence
	return all, json.Unmarshal(data, &all)
}

// newCatalog has all languages.
func newCatalog() (catalog.Catalog, error) {
	b := catalog.NewBuilder(catalog.Fallback(language.English))
	for _, tag := range languages {
		all, err := readWords(tag)
		if err != nil {
			return nil, err
		}
		for key, s := range all {
			message := catalog.Message(catalog.String(s.Text))
			if s.Plural != nil {
				message = plural.Selectf(1, "%d", "one", s.Plural["one"], "other", s.Plural["other"])
			}
			if err := b.Set(tag, key, message); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// stateOrder is the order in which lists and charts have them.
var stateOrder = []scheduling.State{
	scheduling.StatePending, scheduling.StateScheduled, scheduling.StateBegun, scheduling.StateUnlocked, scheduling.StateFinished,
	scheduling.StateCanceled, scheduling.StateNoShow, scheduling.StateFailed, scheduling.StateVoid,
}
