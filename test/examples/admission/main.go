// Applies a MutatingAdmissionPolicy to a pod with the code of Kubernetes' API server.
//
// usage: admission POLICY.yaml <POD.yaml >POD.json
package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"os"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

func main() {
	log.SetFlags(0)
	patched, err := run()
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(patched); err != nil {
		log.Fatal(err)
	}
}

func run() (any, error) {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		return nil, err
	}
	first, _, _ := strings.Cut(string(text), "\n---\n")
	policy := &admissionv1.MutatingAdmissionPolicy{}
	if err := yaml.UnmarshalStrict([]byte(first), policy); err != nil {
		return nil, err
	}
	given, err := io.ReadAll(os.Stdin)
	if err != nil {
		return nil, err
	}
	pod := &corev1.Pod{}
	if err := yaml.UnmarshalStrict(given, pod); err != nil {
		return nil, err
	}
	kind := schema.GroupVersionKind{Version: "v1", Kind: "Pod"}
	resource := schema.GroupVersionResource{Version: "v1", Resource: "pods"}

	compiler, err := cel.NewCompositedCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
	if err != nil {
		return nil, err
	}
	options := cel.OptionalVariableDeclarations{HasAuthorizer: true, HasPatchTypes: true}
	object := admission.NewObjectInterfacesFromScheme(scheme.Scheme)
	attributes := admission.NewAttributesRecord(pod, nil, kind, "default", pod.Name, resource, "", admission.Create, nil, false, nil)
	versioned := &admission.VersionedAttributes{Attributes: attributes, VersionedKind: kind, VersionedObject: admission.NewLazyObject(pod)}
	matches, err := match(compiler, policy, versioned)
	if err != nil || !matches {
		return pod, err
	}
	for _, mutation := range policy.Spec.Mutations {
		var patcher patch.Patcher
		if mutation.PatchType == admissionv1.PatchTypeJSONPatch {
			condition := &patch.JSONPatchCondition{Expression: mutation.JSONPatch.Expression}
			patcher = patch.NewJSONPatcher(compiler.CompileMutatingEvaluator(condition, options, environment.NewExpressions))
		} else {
			condition := &patch.ApplyConfigurationCondition{Expression: mutation.ApplyConfiguration.Expression}
			patcher = patch.NewApplyConfigurationPatcher(compiler.CompileMutatingEvaluator(condition, options, environment.NewExpressions))
		}
		patched, err := patcher.Patch(context.Background(), patch.Request{
			MatchedResource:     resource,
			VersionedAttributes: versioned,
			ObjectInterfaces:    object,
			TypeConverter:       applyconfigurations.NewTypeConverter(scheme.Scheme),
		}, celconfig.RuntimeCELCostBudget)
		if err != nil {
			return nil, err
		}
		versioned.VersionedObject = admission.NewLazyObject(patched)
	}
	return versioned.VersionedObject.Object(), nil
}

func match(compiler *cel.CompositedCompiler, policy *admissionv1.MutatingAdmissionPolicy, attributes *admission.VersionedAttributes) (bool, error) {
	var conditions []cel.ExpressionAccessor
	for i := range policy.Spec.MatchConditions {
		conditions = append(conditions, (*matchconditions.MatchCondition)(&policy.Spec.MatchConditions[i]))
	}
	options := cel.OptionalVariableDeclarations{HasAuthorizer: true}
	evaluator := compiler.CompileCondition(conditions, options, environment.NewExpressions)
	result := matchconditions.NewMatcher(evaluator, policy.Spec.FailurePolicy, "policy", "validate", policy.Name).
		Match(context.Background(), attributes, nil, nil)
	return result.Matches, result.Error
}
