package edx

// setMember puts a text into a JSON object unless it is empty.
func setMember(body map[string]any, name, text string) {
	if text != "" {
		body[name] = text
	}
}

// setPointer puts a value into a JSON object unless it is nil.
func setPointer[T any](body map[string]any, name string, value *T) {
	if value != nil {
		body[name] = *value
	}
}
