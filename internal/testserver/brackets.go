package testserver

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// deepestBrackets bounds how far a name of a form may be nested.
const deepestBrackets = 5

// Params returns the first value of each parameter. Names with brackets, in which
// forms write what JSON writes with objects and arrays, become one parameter with
// JSON text: instructors[0][email] and instructors[][email] are members of
// "instructors", whitelist_urls[] are its elements.
func Params(values url.Values) map[string]string {
	params, roots := map[string]string{}, map[string]*branch{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		path := bracketPath(name)
		if len(path) < 2 || len(path) > deepestBrackets {
			params[name] = values[name][0]
			continue
		}
		if roots[path[0]] == nil {
			roots[path[0]] = &branch{}
		}
		roots[path[0]].add(path[1:], values[name])
	}
	for name, root := range roots {
		params[name] = string(AppendJSON(nil, root.value(), PlainNumbers))
	}
	return params
}

// bracketPath cuts a[b][] into a, b and "". It is nil for a name without brackets, or
// with odd ones.
func bracketPath(name string) []string {
	root, rest, found := strings.Cut(name, "[")
	if !found || root == "" {
		return nil
	}
	path := []string{root}
	for {
		part, after, closed := strings.Cut(rest, "]")
		if !closed || strings.Contains(part, "[") {
			return nil
		}
		path = append(path, part)
		if after == "" {
			return path
		}
		if after[0] != '[' {
			return nil
		}
		rest = after[1:]
	}
}

// branch is a value of a form with brackets: a text, or members by name.
type branch struct {
	text    string
	members map[string]*branch
}

// add files the values under the path. Empty brackets count the values of one name
// from 0, so that the first of each belong to the first element.
func (b *branch) add(path, values []string) {
	counted := slices.Index(path, "")
	if counted < 0 {
		values = values[:1]
	}
	for i, value := range values {
		if counted >= 0 {
			path[counted] = strconv.Itoa(i)
		}
		b.leaf(path).text = value
	}
}

func (b *branch) leaf(path []string) *branch {
	for _, name := range path {
		if b.members == nil {
			b.members = map[string]*branch{}
		}
		if b.members[name] == nil {
			b.members[name] = &branch{}
		}
		b = b.members[name]
	}
	return b
}

// value returns the text, or an array if all names are numbers, or an object.
func (b *branch) value() any {
	if b.members == nil {
		return b.text
	}
	names := slices.Sorted(maps.Keys(b.members))
	if !slices.ContainsFunc(names, func(name string) bool { _, err := strconv.Atoi(name); return err != nil }) {
		slices.SortFunc(names, func(a, b string) int { return number(a) - number(b) })
		list := make([]any, len(names))
		for i, name := range names {
			list[i] = b.members[name].value()
		}
		return list
	}
	object := Object{}
	for _, name := range names {
		object = append(object, Member{Key: name, Value: b.members[name].value()})
	}
	return object
}

func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}
