package testserver

import (
	"fmt"
	"slices"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// CopyVariants returns a copy that shares nothing with the original.
func CopyVariants(variants []proctorbooktest.Variant) []proctorbooktest.Variant {
	all := slices.Clone(variants)
	for i := range all {
		all[i].Alternatives = slices.Clone(all[i].Alternatives)
	}
	return all
}

// FindVariant returns the variant of that name. It returns an error if there is none, or
// if the variant has no such alternative.
func FindVariant(variants []proctorbooktest.Variant, name, alternative string) (proctorbooktest.Variant, error) {
	i := slices.IndexFunc(variants, func(v proctorbooktest.Variant) bool { return v.Name == name })
	if i < 0 {
		return proctorbooktest.Variant{}, fmt.Errorf("there is no variant %q", name)
	}
	v := variants[i]
	if alternative != v.Default && !slices.Contains(v.Alternatives, alternative) {
		return v, fmt.Errorf("variant %q has no alternative %q, only %q and %q", name, alternative, v.Default, v.Alternatives)
	}
	return v, nil
}
