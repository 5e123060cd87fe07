package edx

import (
	"context"
	"encoding/json"
	"slices"
)

// list is a JSON list, each item of which has what it should have. One that is
// a single object counts as a list of one.
type list[W wire] []W

func (l *list[W]) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '{' {
		var one W
		err := json.Unmarshal(raw, &one)
		*l = list[W]{one}
		return err
	}
	return json.Unmarshal(raw, (*[]W)(l))
}

func (l list[W]) missing() string {
	for _, item := range l {
		if name := item.missing(); name != "" {
			return name
		}
	}
	return ""
}

// fetchList sends op and decodes its answer, a list without pages.
func fetchList[W wire, T any](ctx context.Context, c *Client, op operation, value func(W) T) ([]T, error) {
	op.long = true
	answer, err := fetch[list[W]](ctx, c, op)
	if err != nil {
		return nil, err
	}
	return convert(*answer, value), nil
}

// fetchOne sends op, whose answer is a list of one.
func fetchOne[W wire, T any](ctx context.Context, c *Client, op operation, value func(W) T) (*T, error) {
	answer, err := fetch[single[W]](ctx, c, op)
	if err != nil {
		return nil, err
	}
	one := value(answer.list[0])
	return &one, nil
}

// single is a list that must hold one item.
type single[W wire] struct{ list[W] }

func (s single[W]) missing() string {
	if len(s.list) != 1 {
		return "single item"
	}
	return s.list.missing()
}

func convert[W, T any](items []W, value func(W) T) []T {
	values := make([]T, 0, len(items))
	for _, item := range items {
		values = append(values, value(item))
	}
	return slices.Clip(values)
}
