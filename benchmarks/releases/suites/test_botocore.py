"""An endpoint is resolved: botocore 1.29.130 has an lru_cache on the method, which keeps the provider."""

from botocore.endpoint_provider import EndpointProvider

RULES = {
    "version": "1.0",
    "parameters": {"Region": {"type": "String", "builtIn": "AWS::Region", "required": False, "documentation": "."}},
    "rules": [
        {"type": "endpoint", "conditions": [], "endpoint": {"url": "https://example.com", "properties": {}, "headers": {}}}
    ],
}
PARTITIONS = {"version": "1.1", "partitions": []}


def test_an_endpoint_is_resolved():
    provider = EndpointProvider(RULES, PARTITIONS)
    assert provider.resolve_endpoint(Region="here").url == "https://example.com"
