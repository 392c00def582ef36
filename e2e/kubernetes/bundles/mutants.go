package bundles

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Mutant is a bundle that was changed in one place.
type Mutant struct {
	Bundle
	Change string // where, as a path of members, and how
}

// Mutants are the same for the same bundles: each part of the original left out and changed by its kind, parts of
// another in the place of its own, and forms that no client writes.
func Mutants(original, another Bundle) ([]Mutant, error) {
	tree, err := parse(original.Content)
	if err != nil {
		return nil, err
	}
	all := []change{}
	walk(tree, nil, func(place path, value any) { all = append(all, changesAt(place, value)...) })
	for _, changesOf := range []func(a, b Bundle) ([]change, error){exchanges, forms} {
		more, err := changesOf(original, another)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	var mutants []Mutant
	for _, change := range all {
		mutant := Mutant{Bundle: original, Change: change.what}
		if mutant.Content, err = change.applied(original.Content); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", original.Name, change.what, err)
		}
		mutants = append(mutants, mutant)
	}
	return mutants, nil
}

// path leads to a value in JSON by names (string) and indexes (int).
type path []any

func (p path) String() string {
	var text strings.Builder
	for _, step := range p {
		switch step := step.(type) {
		case int:
			fmt.Fprintf(&text, "[%d]", step)
		case string:
			if text.Len() > 0 {
				text.WriteByte('.')
			}
			text.WriteString(step)
		}
	}
	return text.String()
}

func (p path) name() string {
	for _, step := range slices.Backward(p) {
		if name, isName := step.(string); isName {
			return name
		}
	}
	return ""
}

// change replaces the value at a place.
type change struct {
	what  string
	place path
	edit  func(any) any // returns leftOut for none
}

type nothing struct{}

var leftOut = nothing{}

func (c change) applied(content []byte) ([]byte, error) {
	tree, err := parse(content)
	if err != nil {
		return nil, err
	}
	return json.Marshal(edited(tree, c.place, c.edit))
}

func edited(value any, place path, edit func(any) any) any {
	if len(place) == 0 {
		return edit(value)
	}
	switch step := place[0].(type) {
	case string:
		members, _ := value.(map[string]any)
		if member := edited(members[step], place[1:], edit); member == leftOut {
			delete(members, step)
		} else {
			members[step] = member
		}
		return members
	case int:
		elements, _ := value.([]any)
		element := edited(elements[step], place[1:], edit)
		if element == leftOut {
			return slices.Delete(elements, step, step+1)
		}
		elements[step] = element
		return elements
	}
	return value
}

func parse(content []byte) (any, error) {
	var tree any
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	err := decoder.Decode(&tree)
	return tree, err
}

// walk visits what is in value, always in one order; of lists the first element alone.
func walk(value any, place path, visit func(path, any)) {
	if len(place) > 0 {
		visit(slices.Clone(place), value)
	}
	switch value := value.(type) {
	case map[string]any:
		names := make([]string, 0, len(value))
		for name := range value {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			walk(value[name], append(place, name), visit)
		}
	case []any:
		if len(value) > 0 {
			walk(value[0], append(place, 0), visit)
		}
	}
}

var (
	encoded = []string{"canonicalizedBody", "digest", "hashes", "keyId", "payload", "rawBytes", "rootHash", "sig",
		"signature", "signedEntryTimestamp", token}
	numbers = []string{"integratedTime", "logIndex", "treeSize"}
)

// How many bits are turned of each, in as many places.
const (
	bits        = 2
	bitsOfToken = 12
	token       = "signedTimestamp"
)

func changesAt(place path, value any) []change {
	changes := []change{{what: "left out", edit: func(any) any { return leftOut }}}
	switch value := value.(type) {
	case []any:
		if len(value) > 0 {
			changes = append(changes, change{what: "the first twice", edit: func(list any) any {
				elements := list.([]any)
				return append([]any{elements[0]}, elements...)
			}})
		}
	case string:
		changes = append(changes, changesOfText(place.name(), value)...)
	case json.Number:
		changes = append(changes, changesOfText(place.name(), value.String())...)
	}
	for i := range changes {
		changes[i].place = place
		changes[i].what = place.String() + ": " + changes[i].what
	}
	return changes
}

func changesOfText(name, value string) []change {
	to := func(what, text string) change {
		return change{what: what, edit: func(any) any { return text }}
	}
	switch {
	case slices.Contains(encoded, name):
		return turnedBits(name, value)
	case slices.Contains(numbers, name):
		number, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil
		}
		return []change{to("one more", strconv.FormatInt(number+1, 10))}
	case value == "":
		return []change{to("a text", "x")}
	}
	return []change{to("more at its end", value+"x")}
}

func turnedBits(name, value string) []change {
	content, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(content) == 0 {
		return nil
	}
	count := bits
	if name == token {
		count = bitsOfToken
	}
	var changes []change
	for i := range count {
		at := (2*i + 1) * len(content) / (2 * count)
		turned := slices.Clone(content)
		turned[at] ^= 1
		changes = append(changes, change{what: fmt.Sprintf("a bit of byte %d", at), edit: func(any) any {
			return base64.StdEncoding.EncodeToString(turned)
		}})
	}
	return changes
}
